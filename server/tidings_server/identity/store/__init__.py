"""SQL of tenants, credentials, keys, quotas and issuers."""
