"""Scopes of access tokens, as the option `required_scope` of each RPC names them (proto/tidings/options/v1)."""

from typing import Final

PUBLIC: Final = "public"
"""The RPC looks at no credentials."""
ANY: Final = "any"
"""Good credentials are enough: the RPC stands for others, and requires their scope (`metadata.require`)."""

EVENTS_READ: Final = "events:read"
EVENTS_WRITE: Final = "events:write"
SUBSCRIPTIONS_READ: Final = "subscriptions:read"
SUBSCRIPTIONS_WRITE: Final = "subscriptions:write"
RULES_READ: Final = "rules:read"
RULES_WRITE: Final = "rules:write"
ADMIN: Final = "admin"
