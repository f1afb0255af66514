"""The stops of docs/architecture.md exist, and no way has too many of them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "server" / "tidings_server"
PAGE = (ROOT / "docs" / "architecture.md").read_text()
MOST_STOPS = 15

WAYS = dict(re.findall(r"^## (How .*?)\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL))
STOPS = re.findall(r"^\d+\. `([\w./-]+): ([\w.]+)`", PAGE, re.MULTILINE)


def names_in(path: Path) -> Iterator[str]:
    """Functions and classes of a module, those of classes with the class's name before them."""
    if path.suffix == ".lua":
        yield from re.findall(r"function (\w+)", path.read_text())
        return
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        if isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{node.name}.{each.name}"


@pytest.mark.parametrize(("file", "name"), STOPS)
def test_a_stop_is_there(file: str, name: str) -> None:
    path = ROOT / file if file.startswith("envoy/") else SERVER / file
    assert name in set(names_in(path))


def test_each_way_is_short() -> None:
    assert len(WAYS) == 4
    for title, body in WAYS.items():
        stops = re.findall(r"^\d+\. `", body, re.MULTILINE)
        assert 5 <= len(stops) <= MOST_STOPS, title


def test_every_folder_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"\| `([\w/]+/)`", PAGE.partition("## Where do I change")[2]))
    assert len(named) >= 15
    assert not [each for each in named if not ((SERVER / each).is_dir() or (ROOT / each).is_dir())]
