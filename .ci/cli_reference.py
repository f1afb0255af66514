"""Writes docs/cli.md from the help of `tidings`; with --check it compares instead, and fails where they differ."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "cli.md"
HEAD = """\
<!-- Made from the help of `tidings` by `make cli-reference`: do not edit. -->

# Command line

Data is printed to standard output in the form that `-o` says (`table`, `json`, `jsonl`, `yaml`; before or behind the
command, or `TIDINGS_OUTPUT`); progress, questions and errors go to standard error. A list without items is `[]`. Where
the output is no table, errors are JSON too: `{"error": {"reason": …, "message": …, "exitCode": …}}`.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | failed |
| 2 | wrong use |
| 3 | not found |
| 4 | not authenticated, or not allowed |
| 5 | a conflict, or not in this state |
| 6 | over a limit |
| 7 | not reached, or no answer in time |
| 8 | the server found the request wrong |
| 9 | the server failed |
| 10 | `doctor` found something |
| 130 | interrupted |

Secrets are never arguments, which other users of the machine can see: they are asked for, read from standard input, or
taken from the environment (`TIDINGS_TENANT`, `TIDINGS_CLIENT_ID`, `TIDINGS_CLIENT_SECRET`, `TIDINGS_USERNAME`,
`TIDINGS_PASSWORD`, `TIDINGS_STORE`, `TIDINGS_STORE_KEY`, `TIDINGS_OPERATOR_TOKEN`). What cannot be undone is asked
for first; `--yes` says so where nobody can be asked. `tidings --install-completion` completes commands in bash, zsh and
fish.

"""


def reference() -> str:
    """The page as the commands' help makes it."""
    roots = os.pathsep.join(str(ROOT / path) for path in ("clients/python", "generated/python"))
    made = subprocess.run(
        [sys.executable, "-m", "typer", "tidings_cli.app", "utils", "docs", "--name", "tidings"],
        env={**os.environ, "PYTHONPATH": roots, "COLUMNS": "200", "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=True,
    )
    return HEAD + made.stdout.replace("# `tidings`", "## `tidings`", 1).rstrip() + "\n"


def main() -> None:
    """Write the page, or compare it."""
    made = reference()
    if "--check" not in sys.argv:
        TARGET.write_text(made)
    elif not TARGET.exists() or TARGET.read_text() != made:
        sys.exit("docs/cli.md is not what the help of `tidings` gives: run `make cli-reference`.")


if __name__ == "__main__":
    main()
