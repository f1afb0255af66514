"""Reading JSON of which nothing is known: each value with its path, all faults together."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from tidings_server.platform.errors import InvalidInput, Violation
from tidings_server.platform.json_type import Json
from tidings_server.workflow import attributes

NAME_FORM: Final = re.compile(r"[A-Za-z0-9._:~-]{1,128}")
MAX_FAULTS: Final = 100


@dataclass(slots=True)
class Faults:
    """What is wrong so far; the first 100."""

    found: list[Violation] = field(default_factory=list)

    def add(self, path: str, rule: str) -> None:
        if len(self.found) < MAX_FAULTS:
            self.found.append(Violation(path, rule))

    def take(self, refused: InvalidInput) -> None:
        """The faults that another check has found."""
        for violation in refused.violations:
            self.add(violation.field, _rule(violation))

    def raise_any(self) -> None:
        """Raises InvalidInput if anything is wrong."""
        if self.found:
            raise InvalidInput(violations=self.found)


@dataclass(frozen=True, slots=True)
class Node:
    """One object of the JSON. What is missing or wrong reads as its default, after the fault is noted."""

    path: str
    value: Mapping[str, object]
    faults: Faults

    @classmethod
    def root(cls, value: object, faults: Faults) -> "Node":
        return cls._of(value, "", faults)

    def text(
        self,
        name: str,
        *,
        default: str = "",
        required: bool = False,
        max_length: int | None = None,
        form: re.Pattern[str] | None = None,
    ) -> str:
        value = self.value.get(name)
        if value is None:
            value = default
        problem = None
        if not isinstance(value, str):
            problem = "must be a text"
        elif required and not value:
            problem = "is required"
        elif max_length is not None and len(value) > max_length:
            problem = f"must be at most {max_length:,} characters"
        elif form and not form.fullmatch(value):
            problem = f"must match {form.pattern}"
        if problem or not isinstance(value, str):
            self.faults.add(self._at(name), str(problem))
            return default
        return value

    def facts(self, name: str) -> Mapping[str, Json]:
        value = self.value.get(name)
        if value is None:
            return {}
        problem = attributes.problem(value) if isinstance(value, Mapping) else "must be an object"
        if problem:
            self.faults.add(self._at(name), problem)
            return {}
        return cast("Mapping[str, Json]", value)

    def items(self, name: str, *, most: int, least: int = 0) -> Iterator["Node"]:
        """The objects of a list."""
        for index, value in enumerate(self._list(name, most, least)):
            yield self._of(value, f"{self._at(name)}[{index}]", self.faults)

    def values(self, name: str, *, most: int) -> Iterator[Json]:
        """The values of a list, whatever they are."""
        for index, value in enumerate(self._list(name, most, 0)):
            if problem := attributes.problem(value):
                self.faults.add(f"{self._at(name)}[{index}]", problem)
            yield cast("Json", value)

    def _list(self, name: str, most: int, least: int) -> Sequence[object]:
        value = self.value.get(name)
        if value is None:
            value = []
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.faults.add(self._at(name), "must be a list")
            return []
        if not least <= len(value) <= most:
            self.faults.add(self._at(name), f"must have {least} to {most:,} items, not {len(value):,}")
        return value[:most]

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    @classmethod
    def _of(cls, value: object, path: str, faults: Faults) -> "Node":
        if not isinstance(value, Mapping):
            faults.add(path or "workflow", "must be an object")
            return cls(path, {}, faults)
        return cls(path, value, faults)


def _rule(violation: Violation) -> str:
    return f"{violation.rule} (got {violation.shape})" if violation.shape else violation.rule
