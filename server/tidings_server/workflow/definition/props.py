"""Props: the parameters of a rule, as the workflow writes them and as a run evaluates them.

A text that is `${…}` as a whole, at any depth, is an expression; its value with its JSON type replaces it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tidings_server.delivery.http.endpoint_url import is_endpoint_url
from tidings_server.log import topics
from tidings_server.platform import durations
from tidings_server.platform.clock import parse_rfc3339
from tidings_server.platform.json_type import Json
from tidings_server.workflow import attributes

MAX_NAME: Final = 128
MAX_TEXT: Final = 1_024
MAX_URL: Final = 2_048
MAX_DELAY: Final = timedelta(days=5 * 366)

Props = Mapping[str, Json]

_EXACT_TOPIC = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class PropType:
    """The type of a prop: the CEL types of its expressions (empty: any), and the check of its value."""

    results: frozenset[str]
    problem: Callable[[Json], str | None]


@dataclass(frozen=True, slots=True)
class Prop:
    """One prop of a rule."""

    type: PropType
    is_required: bool = True


def expression_in(value: Json) -> str | None:
    """The expression of a value `${…}`; None for a literal."""
    if isinstance(value, str) and value.startswith("${") and value.endswith("}"):
        return value[2:-1]
    return None


def texts_in(value: Json, path: str) -> Iterator[tuple[str, str]]:
    """Every text in a value, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from texts_in(one, f"{path}.{name}")
    elif isinstance(value, Sequence):
        for index, one in enumerate(value):
            yield from texts_in(one, f"{path}[{index}]")


def resolved(value: Json, evaluate: Callable[[str], Json]) -> Json:
    """The value with its expressions evaluated."""
    if isinstance(value, str):
        text = expression_in(value)
        return value if text is None else evaluate(text)
    if isinstance(value, Mapping):
        return {name: resolved(one, evaluate) for name, one in value.items()}
    if isinstance(value, Sequence):
        return [resolved(one, evaluate) for one in value]
    return value


def text(max_length: int) -> PropType:
    """A text of 1 to `max_length` characters."""

    def problem(value: Json) -> str | None:
        if isinstance(value, str) and 1 <= len(value) <= max_length:
            return attributes.problem(value)
        return f"must be a text of 1 to {max_length:,} characters"

    return PropType(frozenset({"STRING"}), problem)


def _object_problem(value: Json) -> str | None:
    return attributes.problem(value) if isinstance(value, Mapping) else "must be an object"


def _delay_problem(value: Json) -> str | None:
    try:
        delay = durations.parse(value) if isinstance(value, str) else None
    except ValueError:
        delay = None
    if delay is None:
        return durations.FORM_IN_WORDS
    return None if delay <= MAX_DELAY else f"must be at most {MAX_DELAY.days:,} days"


def _instant_problem(value: Json) -> str | None:
    rule = "must be an RFC 3339 date-time with its offset, such as 2026-01-01T00:00:00Z"
    try:
        return None if isinstance(value, str) and parse_rfc3339(value) >= 0 else rule
    except ValueError:
        return rule


def _url_problem(value: Json) -> str | None:
    rule = f"must be an http or https URL of at most {MAX_URL:,} characters without user information and fragment"
    return None if isinstance(value, str) and len(value) <= MAX_URL and is_endpoint_url(value) else rule


def _topic_problem(value: Json) -> str | None:
    if not isinstance(value, str) or len(value) > topics.MAX_TOPIC_LENGTH or not _EXACT_TOPIC.fullmatch(value):
        return "must be a topic such as order.shipped, of [a-z0-9_]"
    is_free = topics.entity_of(value) not in topics.RESERVED
    return None if is_free else f"must not be below {', '.join(sorted(topics.RESERVED))}: these are the server's"


NAME: Final = text(MAX_NAME)
TEXT: Final = text(MAX_TEXT)
VALUE: Final = PropType(frozenset(), attributes.problem)
OBJECT: Final = PropType(frozenset({"MAP"}), _object_problem)
DELAY: Final = PropType(frozenset({"STRING", "DURATION"}), _delay_problem)
INSTANT: Final = PropType(frozenset({"STRING", "TIMESTAMP"}), _instant_problem)
URL: Final = PropType(frozenset({"STRING"}), _url_problem)
TOPIC: Final = PropType(frozenset({"STRING"}), _topic_problem)
