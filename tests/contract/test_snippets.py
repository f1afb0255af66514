"""The snippets of docs/webhooks.md are parts of programs that the tests of each language's client compile."""

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
