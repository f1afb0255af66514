"""README and guides agree with the code, and their shell blocks run in any shell."""

import re
from pathlib import Path

import pytest

from tidings_server.setting_variables import table

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
SETTINGS = ROOT / "docs" / "settings.md"
RUNNABLE = (README, *(ROOT / "docs" / f"{name}.md" for name in ("walkthrough", "deliveries", "operations")))
MOST_LINES = 190
"""Half of what the README once had."""


def test_the_table_of_settings_is_that_of_the_code() -> None:
    text = SETTINGS.read_text()
    written = text.partition("<!-- settings: made by `tidings-server settings` -->\n")[2]
    assert written.partition("\n<!-- end of settings -->")[0] == table()


def test_the_readme_stays_short() -> None:
    assert len(README.read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("document", RUNNABLE, ids=lambda path: path.name)
def test_shell_blocks_have_no_comments_and_no_open_globs(document: Path) -> None:
    """An interactive zsh takes `#` for a word, and refuses a `?` or `*` outside quotes that matches no file."""
    blocks = re.findall(r"^```sh[^\n]*\n(.*?)^```", document.read_text(), re.DOTALL | re.MULTILINE)
    assert blocks
    for block in blocks:
        assert not re.search(r"(^|\s)#", block), block
        bare = re.sub(r"'[^']*'|\"(?:\\.|\$\([^)]*\)|[^\"\\])*\"", "''", block)
        assert not re.search(r"\S*https?:\S*\?|\$\w+/\S*\?", bare), block


@pytest.mark.parametrize("document", [*sorted((ROOT / "docs").glob("*.md")), README], ids=lambda path: path.name)
def test_links_to_files_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([\w./-]+)(?:#[^)]*)?\)", document.read_text()):
        assert (document.parent / target).exists(), target
