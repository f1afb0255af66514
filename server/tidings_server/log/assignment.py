"""Assignment of work to processes: each computes the same from the same rows, so that none has to be elected."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b


def assigned(work: Mapping[str, int], processes: Sequence[int]) -> dict[str, int]:
    """The process (one of these ids) that is to do each work; `work` gives what each costs, roughly.

    Each work, in the order given, goes to the process that has least so far, and among those to the one that its name
    ranks first (rendezvous hashing). Where processes see different rows for a moment, the lease decides.
    """
    if not processes:
        return {}
    load = dict.fromkeys(processes, 0)
    found = {}
    for name, cost in work.items():
        least = min(load.values())
        found[name] = max((each for each in processes if load[each] == least), key=lambda each: _rank(name, each))
        load[found[name]] += cost
    return found


def _rank(name: str, process: int) -> bytes:
    return blake2b(f"{name}/{process}".encode(), digest_size=8).digest()
