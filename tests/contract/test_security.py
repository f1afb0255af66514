"""SECURITY.md names tests and settings that there are."""

import re
from pathlib import Path

from tidings_server.setting_variables import table

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text()


def test_every_promise_names_tests_that_there_are() -> None:
    named = set(re.findall(r"`(tests/[\w/*]+\.py)`", TEXT))
    assert len(named) > 20
    assert [name for name in sorted(named) if not list(ROOT.glob(name))] == []


def test_every_setting_that_it_names_is_one() -> None:
    named = set(re.findall(r"TIDINGS_[A-Z_]+[A-Z]", TEXT))
    assert [name for name in sorted(named) if f"`{name}`" not in table()] == []
