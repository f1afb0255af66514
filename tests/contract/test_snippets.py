"""The programs that docs/webhooks.md and docs/clients.md show are those that each language's client is tested with."""

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REGION = re.compile(r"^[^\n]*Snippet begins\.\n(.*?)^[^\n]*Snippet ends\.", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    ("language", "program"),
    [
        ("python", "python/example/receiver.py"),
        ("go", "go/webhooks/example_test.go"),
        ("typescript", "typescript/example/receiver.ts"),
        ("java", "java/src/test/java/example/WebhookExample.java"),
    ],
)
def test_a_snippet_stands_in_a_program(language: str, program: str) -> None:
    found = REGION.search((ROOT / "clients" / program).read_text())
    assert found
    snippet = textwrap.dedent(found[1]).strip("\n")
    assert f"```{language}\n{snippet}\n```" in (ROOT / "docs/webhooks.md").read_text()


@pytest.mark.parametrize(
    ("block", "program"),
    [
        ('python title="main.py"', "python/example/main.py"),
        ('go title="main.go"', "go/example/main.go"),
        ('typescript title="main.mts"', "typescript/example/main.ts"),
        ('java title="src/main/java/example/Example.java"', "java/src/test/java/example/Example.java"),
    ],
)
def test_the_page_of_clients_shows_the_example_programs(block: str, program: str) -> None:
    assert f"```{block}\n{(ROOT / 'clients' / program).read_text()}```\n" in (ROOT / "docs/clients.md").read_text()
