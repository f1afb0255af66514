"""Names and docstrings: one class name for one thing, and first lines that define."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "server" / "tidings_server"
BESIDE_IT = [path for folder in ("clients/python", "proto", ".ci") for path in sorted((ROOT / folder).rglob("*.py"))]
"""Python that is written by hand beside the server."""
MODULES = [path for path in sorted(SERVER.rglob("*.py")) if "versions" not in path.parts]

QUESTION_WORDS = frozenset({"What", "Who", "Whose", "Whom", "When", "Where", "Which", "How"})
MAX_LINES = 300
LONGER: dict[str, str] = {}
"""Modules that may be longer, by their path in the server, with the reason."""


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def documented(path: Path) -> Iterator[tuple[str, str]]:
    """The place and the first line of every docstring of a module."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}", text.partition("\n")[0]


def test_a_public_class_name_stands_for_one_thing() -> None:
    homes = defaultdict(list)
    for path in MODULES:
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(str(path.relative_to(SERVER)))
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


def test_a_docstring_does_not_begin_with_a_question_word() -> None:
    """It begins with a noun phrase or a verb: a first line that asks defines nothing."""
    first_lines = (line for path in (*MODULES, *BESIDE_IT) for line in documented(path))
    assert [f"{place}: {line}" for place, line in first_lines if line.split()[0].strip(",:;.") in QUESTION_WORDS] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SERVER)))
def test_a_module_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_LINES or str(path.relative_to(SERVER)) in LONGER


@pytest.mark.parametrize("name", LONGER)
def test_an_exception_is_still_needed(name: str) -> None:
    assert len((SERVER / name).read_text().splitlines()) > MAX_LINES
