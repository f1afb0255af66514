"""Profiles: an address with the credentials that are for it, in one file that only its owner can read."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from tidings_cli.failures import USAGE, CommandFailed

DEFAULT = "default"


@dataclass(slots=True)
class Profile:
    """Credentials of one server. Empty texts are what it does not have; `tokens` are `[token, expiry]` by kind.

    `server`: host and port of gRPC. `client_*` are for documents 000, 002 and 003, `username` and `password` for 001,
    `store` and `store_key` for 004, `operator_token` for the administration.
    """

    server: str
    ca: str = ""
    tenant: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    store: str = ""
    store_key: str = field(default="", repr=False)
    operator_token: str = field(default="", repr=False)
    tokens: dict[str, list[Any]] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class Profiles:
    """All profiles of the user, and which is meant where none is named."""

    path: Path
    current: str = DEFAULT
    by_name: dict[str, Profile] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "Profiles":
        """The profiles of a file; none where there is no file. Raises CommandFailed where others can read it."""
        if not path.exists():
            return cls(path)
        if path.stat().st_mode & 0o077:
            raise CommandFailed(f"{path} can be read by others: chmod 600 {path}", reason="INSECURE_FILE")
        try:
            found = json.loads(path.read_text())
            by_name = {name: _profile(values) for name, values in found["profiles"].items()}
        except OSError as error:
            raise CommandFailed(f"{path} can't be read: {(error.strerror or '').lower()}") from None
        except json.JSONDecodeError as error:
            raise CommandFailed(f"{path} is not JSON: line {error.lineno}, column {error.colno}") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CommandFailed(f"{path} is not a file of profiles: see `tidings login --help`") from None
        return cls(path, str(found.get("current", DEFAULT)), by_name)

    def save(self) -> None:
        """Write the file anew: created unreadable to others, and replaced whole."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self.path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        content = {
            "current": self.current,
            "profiles": {name: _values(profile) for name, profile in sorted(self.by_name.items())},
        }
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file, indent=2)
        fresh.replace(self.path)

    def get(self, name: str) -> Profile:
        """A profile by its name. Raises CommandFailed for an unknown one."""
        try:
            return self.by_name[name]
        except KeyError:
            raise CommandFailed(f"there is no profile {name}: see `tidings login --help`", code=USAGE) from None


def default_path(environment: Mapping[str, str]) -> Path:
    """File of the profiles: TIDINGS_PROFILES, else the user's directory of configuration."""
    if named := environment.get("TIDINGS_PROFILES"):
        return Path(named)
    base = environment.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "tidings" / "profiles.json"


def names_beginning(begins: str) -> list[str]:
    """Names of the user's profiles, for completion; none where the file is not to be used."""
    try:
        profiles = Profiles.load(default_path(os.environ))
    except CommandFailed:
        return []
    return [name for name in profiles.by_name if name.startswith(begins)]


def _profile(values: Mapping[str, Any]) -> Profile:
    known = {one.name: value for one in fields(Profile) if (value := values.get(one.name)) is not None}
    if any(not isinstance(value, dict if name == "tokens" else str) for name, value in known.items()):
        raise TypeError
    return Profile(**known)


def _values(profile: Profile) -> dict[str, Any]:
    return {name: value for name, value in asdict(profile).items() if value}
