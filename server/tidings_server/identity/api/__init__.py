"""Token endpoints, authentication of callers, and the operator's services."""
