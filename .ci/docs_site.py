"""Builds the documentation as a site into `site/`: README, guides, references, changelog, with search.

A link to a page or a heading that is not there fails the build (`mkdocs build --strict`). Links into the source tree
become plain text, since the site does not have it. Nothing is loaded from other hosts.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "site"

PAGES = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "SECURITY.md": "security.md"}
PAGES["CONTRIBUTING.md"] = "contributing.md"
"""Pages at the top of the tree, by their names in the site; those of docs/ keep theirs."""

NO_GUIDES = {"architecture.md", "cli.md"}
"""Pages of docs/ that stand elsewhere in the navigation."""

_NO_GUIDES = "  - Guides: []   # every other page of docs/, by its heading\n"
_LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\(([^)\s]+)\)")
_IMAGE = re.compile(r"(!\[[^\]\n]+\]\()docs/(images/)")
_ELSEWHERE = re.compile(r"(?:[a-z]+:|#|/)")


def assemble(target: Path) -> None:
    """Lay out the pages with links that hold in the site."""
    names = PAGES | {f"docs/{path.name}": path.name for path in (ROOT / "docs").glob("*.md")}
    names["generated/docs/grpc.md"] = "grpc.md"
    for source, name in names.items():
        text = (ROOT / source).read_text()
        (target / name).write_text(_relinked(text, Path(source).parent, names))
    shutil.copytree(ROOT / "docs" / "images", target / "images")
    document = json.loads((ROOT / "generated" / "openapi" / "tidings.json").read_text())
    (target / "rest.md").write_text(rest_page(document))
    viewer = target / "viewer"
    shutil.copytree(ROOT / "envoy" / "docs", viewer)
    shutil.copy(ROOT / "generated" / "openapi" / "tidings.json", viewer / "openapi.json")
    for file in (viewer / "index.html", viewer / "reference.js"):
        file.write_text(file.read_text().replace("/docs/", "").replace('"/openapi.json"', '"openapi.json"'))


def rest_page(document: dict[str, Any]) -> str:
    """The REST operations in tables, with links to the document and its viewer."""
    lines = [
        "# REST reference",
        "",
        "All operations. Schemas, examples and bounds are in the [viewer](viewer/index.html) and in the",
        "[OpenAPI 3.1 document](viewer/openapi.json), which a running server serves as `/docs` and `/openapi.json`.",
    ]
    found: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for verb, operation in item.items():
            scope = operation.get("x-required-scope", "")
            row = f"| `{verb.upper()}` | `{path}` | {operation['summary']} | {f'`{scope}`' if scope else ''} |"
            found.setdefault(operation["tags"][0], []).append(row)
    for group in document["x-tagGroups"]:
        lines += ["", f"## {group['name']}"]
        for tag in group["tags"]:
            head = ["| method | path | what | scope |", "|---|---|---|---|"]
            lines += ["", f"### {tag}", "", *head, *found.get(tag, [])]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Build the site."""
    with tempfile.TemporaryDirectory() as directory:
        docs = Path(directory) / "docs"
        docs.mkdir()
        assemble(docs)
        config = Path(directory) / "mkdocs.yml"
        config.write_text((ROOT / "docs" / "mkdocs.yml").read_text().replace(_NO_GUIDES, _guides()))
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(config)]
        done = subprocess.run([*command, "--site-dir", str(SITE)], check=False)
    if done.returncode:
        sys.exit(done.returncode)
    outward = [str(page) for page in SITE.rglob("*.html") if _loads_elsewhere(page.read_text())]
    if outward:
        sys.exit(f"Pages load from other hosts: {', '.join(outward)}")


def _guides() -> str:
    """The navigation of the guides."""
    pages = (path for path in sorted((ROOT / "docs").glob("*.md")) if path.name not in NO_GUIDES)
    return "  - Guides:\n" + "".join(f"      - {json.dumps(_heading(path))}: {path.name}\n" for path in pages)


def _heading(page: Path) -> str:
    return next(line for line in page.read_text().splitlines() if line.startswith("# ")).removeprefix("# ")


def _loads_elsewhere(page: str) -> bool:
    return bool(
        re.search(r"<(?:script|img|iframe)[^>]+src=\"https?://|<link[^>]+stylesheet[^>]+href=\"https?://", page)
    )


def _relinked(text: str, folder: Path, names: dict[str, str]) -> str:
    def link(found: re.Match[str]) -> str:
        shown, aim = found[1], found[2]
        if _ELSEWHERE.match(aim):
            return found[0]
        file, _, anchor = aim.partition("#")
        source = str(Path(*_parts(folder / file)))
        if source in names:
            return f"[{shown}]({names[source]}{'#' + anchor if anchor else ''})"
        return found[0] if source.endswith(".md") and not (ROOT / source).exists() else shown

    return _IMAGE.sub(r"\1\2", _LINK.sub(link, text))


def _parts(path: Path) -> list[str]:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return parts


if __name__ == "__main__":
    main()
