"""Knowledge of the walk about an RPC: the resources that its request names, or why it names none."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

NOUN = re.compile(r"<([\w ]+)>")

ANOTHER_TENANT = "another tenant"
ANOTHER_RETAILER = "another retailer"
ANOTHER_STORE = "another store"

Fields = Mapping[str, Any]
"""A request as JSON, by the names of the proto; a text `<noun>` stands for the id of that thing."""


@dataclass(frozen=True)
class Names:
    """The request names things. With the ids of somebody else it must be answered as with ids that nobody has.

    `strangers` are the callers to whom they are unknown.
    """

    request: Fields
    strangers: frozenset[str] = frozenset({ANOTHER_TENANT})


@dataclass(frozen=True)
class NamesNothing:
    """The request names nothing that could be somebody else's; what it answers must not show anything of theirs."""

    why: str
    request: Fields = field(default_factory=dict)


Entry = Names | NamesNothing

Call = Callable[[str, Fields], Any]
"""Calls an RPC (its path, a request) as the owner of the things, and gives the answer as JSON; raises if refused."""


@dataclass(frozen=True)
class Walked:
    """A dialect: its entries by RPC (`Service/Method`), and what makes the things that they name.

    `seed` gives ids by noun; `unknown` an id of the same form, by noun, that nobody has.
    """

    package: str
    entries: Mapping[str, Entry]
    seed: Callable[["Call", str], Mapping[str, str]]
    unknown: Mapping[str, str]

    def by_path(self) -> dict[str, Entry]:
        return {f"/{self.package}.{name}": entry for name, entry in self.entries.items()}


def filled(request: Any, ids: Mapping[str, str]) -> Any:
    """The request with ids for the nouns in it."""
    if isinstance(request, str):
        return NOUN.sub(lambda found: ids.get(found[1], found[0]), request)
    if isinstance(request, Mapping):
        return {name: filled(value, ids) for name, value in request.items()}
    return [filled(each, ids) for each in request] if isinstance(request, list) else request
