"""Tenants, retailers and stores, credentials, tokens, keys, quotas, the login throttle, the audit trail."""
