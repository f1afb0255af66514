"""Everything that leaves Tidings: destinations, retries, signatures, the egress guard."""
