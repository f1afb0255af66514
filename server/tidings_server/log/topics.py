"""Topics, `entity.verb`: making them, and matching patterns with them.

Both parts are of `[a-z0-9_]`: lower-cased, any run of other characters becomes one `_`. A pattern is an exact topic, a
prefix (`order.*`) or `*`. Source: DESIGN.md section 3.
"""

import re
from typing import Final

from tidings_server.platform.errors import InvalidInput

ANY: Final = "*"
PREFIX_END: Final = ".*"
MAX_PART_LENGTH: Final = 127
MAX_TOPIC_LENGTH: Final = 2 * MAX_PART_LENGTH + 1
UNNAMED_ENTITY: Final = "event"
UNNAMED_VERB: Final = "happened"

RESERVED: Final = frozenset(
    {"audit", "webhook", "subscription", "endpoint", "delivery", "schedule", "notification", "email"}
)
"""Entities whose topics a subscription must name: neither `*` nor a prefix matches them."""

SERVERS_OWN: Final = RESERVED | {"points", "application"}
"""Entities whose topics events of clients never get: who subscribes to these hears the server alone."""

CLIENTS: Final = "client_"
"""Prefix of the entity in a client's event that would have such a topic."""

CREATED: Final = "created"
UPDATED: Final = "updated"
DELETED: Final = "deleted"
READ: Final = "read"
FAULT: Final = "fault"
WARNING: Final = "warning"
SYSTEM: Final = "system"

_FOREIGN = re.compile(r"[^a-z0-9_]+")
_PATTERN = re.compile(r"\*|[a-z0-9_]+\.(?:\*|[a-z0-9_]+)")


def topic(entity: str, verb: str) -> str:
    """The topic of `verb` done to `entity`, whatever characters their names have."""
    return f"{part(entity) or UNNAMED_ENTITY}.{part(verb) or UNNAMED_VERB}"


def client_topic(entity: str, verb: str) -> str:
    """The topic of a client's event: as `topic`, but never one of the server's own."""
    is_own = part(entity) in SERVERS_OWN
    return topic(f"{CLIENTS}{entity}" if is_own else entity, verb)


def part(name: str) -> str:
    """One part of a topic, made from a name; cut after 127 characters."""
    return _FOREIGN.sub("_", name.lower())[:MAX_PART_LENGTH]


def entity_of(topic: str) -> str:
    """The first part of a topic."""
    return topic.partition(".")[0]


def verb_of(topic: str) -> str:
    """The second part of a topic."""
    return topic.partition(".")[2]


def covers(pattern: str, topic: str) -> bool:
    """Whether `pattern` matches `topic` in reads of the log: every topic is matched by `*`."""
    if pattern.endswith(PREFIX_END):
        return entity_of(topic) == pattern[: -len(PREFIX_END)]
    return pattern in (ANY, topic)


def matches(pattern: str, topic: str) -> bool:
    """Whether a subscription to `pattern` gets `topic`: as `covers`, but reserved topics only by their exact name."""
    if pattern == topic:
        return True
    return entity_of(topic) not in RESERVED and covers(pattern, topic)


def check_pattern(pattern: str, field: str) -> str:
    """`pattern` again. Raises InvalidInput on `field` for what is no exact topic, prefix or `*`."""
    if len(pattern) > MAX_TOPIC_LENGTH or not _PATTERN.fullmatch(pattern):
        rule = "must be a topic such as order.created, a prefix such as order.* or *, of [a-z0-9_]"
        raise InvalidInput.of(field, rule, f"string of {len(pattern)} characters")
    return pattern
