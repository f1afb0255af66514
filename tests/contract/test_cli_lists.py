"""Lists of the command line: no command shows a first page as if it were all."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.contract.test_dialects import RPCS
from tidings_server.rpc.method import rpc_of

COMMANDS = Path(__file__).parents[2] / "clients/python/tidings_cli"
PROBES = {"health.py", "login.py"}
"""Modules that ask for a list only to see whether they may."""
READERS = {"context.py"}
"""Modules that read every page."""


def lists() -> Iterator[tuple[str, str, Any]]:
    """Module, method of the session and response of each list that a command asks for by name."""
    answers = {path.rpartition("/")[2]: rpc_of(path).response.DESCRIPTOR for path in RPCS}
    for module in sorted(COMMANDS.glob("*.py")):
        for node in ast.walk(ast.parse(module.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) > 1):
                continue
            name = node.args[1]
            if isinstance(name, ast.Constant) and str(name.value).startswith(("List", "Search")):
                yield module.name, node.func.attr, answers[str(name.value)]


def test_a_list_with_further_pages_is_read_by_pages() -> None:
    found = list(lists())
    assert len(found) > 20
    cut = [
        (module, response.name)
        for module, how, response in found
        if how == "call" and "next" in response.fields_by_name and module not in PROBES | READERS
    ]
    assert not cut
