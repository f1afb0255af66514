"""The table that `make bench` prints."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a figure, what it is compared with, and what was to be reached.

    `ok` is None where there is nothing to reach. `notes` are printed under the table.
    """

    what: str
    figure: str
    against: str = ""
    ratio: str = ""
    to_reach: str = ""
    ok: bool | None = None
    notes: tuple[str, ...] = field(default=())

    def cells(self) -> tuple[str, ...]:
        verdict = {None: "", True: "yes", False: "NO"}[self.ok]
        return (self.what, self.figure, self.against, self.ratio, self.to_reach, verdict)


HEADINGS = ("what", "figure", "against", "ratio", "to reach", "ok?")


def table(rows: Sequence[Row]) -> str:
    """The rows in aligned columns, their notes below."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    printed = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    printed.insert(1, "  ".join("─" * width for width in widths))
    notes = [f"{row.what}: {note}" for row in rows for note in row.notes]
    return "\n".join([*map(str.rstrip, printed), "", *notes])
