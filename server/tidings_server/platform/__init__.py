"""Clock, errors, caller scope, sealing, certificates, telemetry: what every area may use; imports no other area."""
