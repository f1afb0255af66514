"""Numbers of several slices of one measurement, and how far apart they lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Slices:
    """The same thing measured several times, in the same unit; at least once."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def spread(self) -> float:
        """Half the distance between the best and the worst slice, as a share of the median."""
        return (max(self.values) - min(self.values)) / 2 / self.median

    def __truediv__(self, other: "Slices") -> "Slices":
        """Slice by slice: each was measured right beside its partner, so the machine's moods cancel out."""
        return Slices(tuple(ours / theirs for ours, theirs in zip(self.values, other.values, strict=True)))

    def text(self, unit: str) -> str:
        """`4,120 RPC/s ±3 %`."""
        return f"{self.median:,.0f} {unit} ±{self.spread:.0%}"

    def ratio_text(self) -> str:
        """`0.68 ±3 %`."""
        return f"{self.median:.2f} ±{self.spread:.0%}"


def percentiles(times_ms: Sequence[float]) -> str:
    """`p50 1.2 ms, p99 3.4 ms`."""
    return f"p50 {percentile(times_ms, 0.5):.1f} ms, p99 {percentile(times_ms, 0.99):.1f} ms"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed. Raises IndexError where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
