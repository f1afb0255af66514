"""`tidings`: the operator's command line. It knows the contract, not the server."""
