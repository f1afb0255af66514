"""Address and credentials of calls: options, then the environment, then a profile, then a server on this machine.

Credentials go to the address that they are for and to no other: a profile's to its server, those of a data directory to
this machine.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from tidings_cli.connection import Connection
from tidings_cli.failures import USAGE, CommandFailed
from tidings_cli.profiles import Profile, Profiles

GRPC_PORT = "50051"
TOKEN_FILE = "operator-token"  # noqa: S105 - the name of a file
DEMO_FILE = "demo-credentials.json"

VARIABLES = {
    "TIDINGS_TENANT": "tenant",
    "TIDINGS_CLIENT_ID": "client_id",
    "TIDINGS_CLIENT_SECRET": "client_secret",
    "TIDINGS_USERNAME": "username",
    "TIDINGS_PASSWORD": "password",
    "TIDINGS_STORE": "store",
    "TIDINGS_STORE_KEY": "store_key",
    "TIDINGS_OPERATOR_TOKEN": "operator_token",
}
"""Environment variables of credentials, by the field of a profile."""


def connect(
    profiles: Profiles,
    name: str,
    *,
    server: str,
    ca: Path | None,
    token_file: Path | None,
    data_dir: Path,
    environment: Mapping[str, str],
) -> Connection:
    """The connection of a command. Raises CommandFailed for a profile that is unknown, or for another address."""
    known = profiles.get(name) if name else profiles.by_name.get(profiles.current)
    if known is not None and server and server != known.server:
        if name:
            raise CommandFailed(f"the profile {name} is for {known.server}, not for {server}", code=USAGE)
        known = None
    if known is not None:
        chosen = _with_environment(known, environment)
        keep = profiles.save if chosen is known else (lambda: None)
        origin = f"the profile {name or profiles.current}"
        return Connection(_with_options(chosen, ca, token_file), origin, keep)
    address = server or f"127.0.0.1:{environment.get('TIDINGS_GRPC_PORT') or GRPC_PORT}"
    local: dict[str, Any] = _of_data(data_dir) if is_local(address) else {}
    found = _with_environment(Profile(address, **local), environment)
    origin = (
        f"the environment, and {data_dir} for a server on this machine," if is_local(address) else "the environment"
    )
    return Connection(_with_options(found, ca, token_file), origin)


def is_local(address: str) -> bool:
    """Whether an address is this machine's, by its name alone."""
    host = address.rpartition(":")[0].strip("[]")
    if host in {"localhost", ""} or address.startswith("unix:"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def version() -> str:
    """Version of the command line."""
    for package in ("tidings", "tidings-client"):
        try:
            return installed(package)
        except PackageNotFoundError:
            continue
    return "0"


def _with_environment(profile: Profile, environment: Mapping[str, str]) -> Profile:
    """The profile with what the environment says; tokens of other credentials are left behind."""
    given: dict[str, Any] = {field: environment[name] for name, field in VARIABLES.items() if environment.get(name)}
    return replace(profile, **given, tokens={}) if given else profile


def _with_options(profile: Profile, ca: Path | None, token_file: Path | None) -> Profile:
    if ca is not None:
        profile.ca = str(ca)
    if token_file is not None:
        profile.operator_token = token_file.read_text(encoding="utf-8-sig").strip()
    return profile


def _of_data(data_dir: Path) -> dict[str, Any]:
    """Credentials of a server's data directory: its demo tenant's, and its first operator's."""
    found: dict[str, Any] = {}
    demo, operator = data_dir / DEMO_FILE, data_dir / TOKEN_FILE
    if demo.exists():
        said = json.loads(demo.read_text())
        names = ("tenant", "client_id", "client_secret", "username", "password", "store", "operator_token")
        found = {name: str(said[name]) for name in names if name in said}
        found["store_key"] = str(said.get("store_api_key", ""))
    if operator.exists():
        found["operator_token"] = operator.read_text().strip()
    return found
