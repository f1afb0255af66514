"""Surroundings of a run of the benchmark: directories, ports, and its scale."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Scale:
    """Scale of the measurements. Times are seconds."""

    events: int
    """In the log before anything is measured."""
    slices: int = 5
    warm_s: float = 2.0
    slice_s: float = 5.0
    raw_batches: int = 60
    backlog: int = 50_000
    """Deliveries that wait to be drained."""
    paced_s: int = 30
    passing: int = 1_000_000
    """Events that pass through while memory is watched."""
    firing_s: int = 60
    """How long schedules are due, at 10,000 a minute."""
    wishlists: int = 100_000
    letters: int = 10_000


QUICK = Scale(
    events=50_000,
    slices=2,
    warm_s=0.5,
    slice_s=2.0,
    raw_batches=10,
    backlog=5_000,
    paced_s=5,
    passing=50_000,
    firing_s=10,
    wishlists=5_000,
    letters=2_000,
)


@dataclass(frozen=True, slots=True)
class World:
    """The directory of a run, with the log that every measurement starts from."""

    directory: Path
    scale: Scale
    attacks: tuple[str, ...] = ()
    """The attacks to measure; none: all."""
    largest: int = 1_000_000
    """Events of the largest log, where logs of several sizes are compared."""

    @property
    def prefilled(self) -> Path:
        """Data directory of a server that is stopped, with the log filled and read by every consumer."""
        return self.directory / "prefilled"

    @contextmanager
    def copy(self, name: str) -> Iterator[Path]:
        """A data directory of one measurement's own, removed after it."""
        copied = shutil.copytree(self.prefilled, self.directory / name)
        try:
            yield copied
        finally:
            shutil.rmtree(copied)
