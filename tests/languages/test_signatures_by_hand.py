"""The functions of docs/webhooks.md that verify both signatures, on the requests for every kit."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.instances import ROOT

pytestmark = pytest.mark.toolchain

PROGRAMS = Path(__file__).parent / "by_hand"
TEMPLATES = {
    "python": PROGRAMS / "main.py.template",
    "go": PROGRAMS / "main.go.template",
    "typescript": PROGRAMS / "main.mts.template",
    "java": PROGRAMS / "Main.java.template",
}
BLOCK = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```$', re.DOTALL | re.MULTILINE)
COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "python": (("python3", "main.py"),),
    "go": (("go", "run", "main.go"),),
    "typescript": (
        (
            "npm",
            "install",
            "--silent",
            "--no-audit",
            "--no-fund",
            "--no-save",
            "typescript@5.9.3",
            "@types/node@20.19.0",
        ),
        ("npx", "tsc", "--module", "nodenext", "--target", "es2022", "--strict", "--skipLibCheck", "main.mts"),
        ("node", "main.mjs"),
    ),
    "java": (("java", "Main.java"),),
}
ENDINGS = {"python": "py", "go": "go", "typescript": "ts", "java": "java"}


def vectors() -> list[dict[str, Any]]:
    """Requests for a receiver that has shared secrets, with names of headers as frameworks give them."""
    found = json.loads((ROOT / "clients/conformance/webhooks.json").read_text())["vectors"]
    return [
        {
            "name": one["name"],
            "secrets": one["secrets"],
            "headers": {name.lower(): value for name, value in one["headers"].items()},
            "body": one["body"],
            "now": one["now"],
            "genuine": "error" not in one["expect"],
        }
        for one in found
        if not any(secret.startswith("whsec_") for secret in one["secrets"])
    ]


def functions(ending: str) -> str:
    """Both functions of a language, as the page has them."""
    page = (ROOT / "docs/webhooks.md").read_text()
    return "\n".join(text for name, text in BLOCK.findall(page) if name.endswith(f".{ending}"))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("language", COMMANDS)
def test_the_functions_of_the_page_tell_good_from_bad(language: str, tmp_path: Path) -> None:
    template = TEMPLATES[language]
    ours = functions(ENDINGS[language])
    assert ours.count("is_standard" if language == "python" else "isStandard") == 1
    (tmp_path / template.stem).write_text(template.read_text().replace("FUNCTIONS", ours))
    requests = vectors()
    lines = "".join(
        "\t".join(part.encode().hex() for part in fields(one, secret)) + "\n"
        for one in requests
        for secret in one["secrets"]
    )
    *builds, command = COMMANDS[language]
    for build in builds:
        subprocess.run(build, cwd=tmp_path, check=True)
    done = subprocess.run(command, cwd=tmp_path, input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = iter(done.stdout.split())
    found = {one["name"]: any([next(told) == "true" for _ in one["secrets"]]) for one in requests}  # noqa: C419 - all are read
    assert found == {one["name"]: one["genuine"] for one in requests}


def fields(request: dict[str, Any], secret: str) -> tuple[str, ...]:
    """Secret, body, clock, and names and values of headers: what a program of a few lines can read in any language."""
    headers = [part for pair in request["headers"].items() for part in pair]
    return (secret, request["body"], str(request["now"]), *headers)
