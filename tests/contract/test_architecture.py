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
NAMED = r"`([\w/]+\.(?:py|lua|yaml))`"
ROWS = re.findall(r"`([\w/]+)/` \(([^)]*)\)", PAGE)
"""Each folder with the files in brackets behind it."""
COMMENTED = frozenset({".py", ".lua", ".yaml"})
FILE = re.compile(r"(?<![\w./])(\w+\.(?:py|lua))\b(?!\.)")
OF_OTHERS = frozenset({"file.py"})
"""Named in comments, and no files of this repository."""

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


@pytest.mark.parametrize(("folder", "file"), [(row, file) for row, files in ROWS for file in re.findall(NAMED, files)])
def test_a_file_that_a_question_names_is_there(folder: str, file: str) -> None:
    assert (ROOT if folder in {"envoy", "proto"} else SERVER).joinpath(folder, file).is_file()


def test_files_that_comments_name_are_there() -> None:
    known = {path.name for folder in ("server", "envoy", "proto", "tests") for path in (ROOT / folder).rglob("*.*")}
    sources = [path for folder in (SERVER, ROOT / "envoy") for path in folder.rglob("*") if path.suffix in COMMENTED]
    named = ((path.name, name) for path in sources for name in FILE.findall(path.read_text()))
    assert [(path, name) for path, name in named if name not in known | OF_OTHERS] == []


def test_each_way_is_short() -> None:
    assert len(WAYS) == 4
    for title, body in WAYS.items():
        stops = re.findall(r"^\d+\. `", body, re.MULTILINE)
        assert 5 <= len(stops) <= MOST_STOPS, title


def test_every_folder_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"\| `([\w/]+/)`", PAGE.partition("## Where do I change")[2]))
    assert len(named) >= 15
    assert not [each for each in named if not ((SERVER / each).is_dir() or (ROOT / each).is_dir())]
