"""The model of histories notices each way in which one can be wrong."""

from collections.abc import Callable

import pytest

from tests.support.histories import POINTS_EACH, Arrival, History

GOOD = [Arrival("ada", 0, "m0"), Arrival("ada", 1, "m1"), Arrival("ada", 1, "m1"), Arrival("ada", 2, "m2")]


def good() -> History:
    return History({"ada": [0, 1, 2]}, list(GOOD), {"ada": 3 * POINTS_EACH})


def lose(history: History) -> None:
    history.arrived = [each for each in history.arrived if each.number != 1]


def swap(history: History) -> None:
    history.arrived[0], history.arrived[1] = history.arrived[1], history.arrived[0]


def invent(history: History) -> None:
    history.arrived.append(Arrival("ada", 3, "m3"))


def rename(history: History) -> None:
    history.arrived.append(Arrival("ada", 2, "other"))


def double(history: History) -> None:
    history.points["ada"] += POINTS_EACH


def forget_points(history: History) -> None:
    history.points.clear()


def test_a_history_with_repeats_is_good() -> None:
    assert good().violations() == []


@pytest.mark.parametrize("spoil", [lose, swap, invent, rename, double, forget_points])
def test_a_spoiled_history_is_not(spoil: Callable[[History], None]) -> None:
    history = good()
    spoil(history)
    assert len(history.violations()) == 1, history.violations()
