"""Settings from files: one secret each (`TIDINGS_MASTER_KEY_FILE`), and a configuration file.

The configuration file is TOML (`http_port = 8080`), or has lines as the environment has them (`.env`). The environment
wins over both, and a secret's file over the configuration file.
"""

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from dotenv import dotenv_values
from pydantic import AliasChoices
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

PREFIX: Final = "TIDINGS_"
CONFIG: Final = "TIDINGS_CONFIG"
DEFAULT: Final = Path("tidings.toml")
FILE: Final = "_FILE"
"""End of the name of a variable that holds a path, whose content is the setting: `TIDINGS_MASTER_KEY_FILE`."""
MAX_BYTES: Final = 64 << 10


class SettingsFileError(Exception):
    """A file of settings cannot be used; the text names the file and the reason, and no value."""


class SettingFiles(PydanticBaseSettingsSource):
    """Settings from files: one source, whose values are read when it is made."""

    def __init__(
        self, settings_cls: type[BaseSettings], variables: Mapping[str, str], environment: Mapping[str, str]
    ) -> None:
        """`variables` has the name of each setting's variable by its field.

        Raises SettingsFileError for a file that cannot be read, is none, or names what is no setting.
        """
        super().__init__(settings_cls)
        path = configuration_file(environment)
        values = {} if path is None else _configured(path, variables)
        values |= _secrets(variables, environment)
        # pydantic takes a setting by its alias where it has one
        self._values = {
            field if variable.startswith(PREFIX) else variable: values[field]
            for field, variable in variables.items()
            if field in values
        }

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - the base class's
        """Value of a field; None where no file has it."""
        return self._values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return self._values


def configuration_file(environment: Mapping[str, str]) -> Path | None:
    """The file that TIDINGS_CONFIG names, else `tidings.toml` in the working directory where it is there."""
    if named := environment.get(CONFIG):
        return Path(named)
    return DEFAULT if DEFAULT.is_file() else None


def _secrets(variables: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, Any]:
    """Contents of the files that variables name, by field; blanks and line ends around them are left out."""
    return {
        field: _content(Path(path), variable=variable + FILE).strip()
        for field, variable in variables.items()
        if (path := environment.get(variable + FILE))
    }


def _configured(path: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    """The configuration file's settings by field. In TOML they have the fields' names, else the variables'."""
    is_toml = path.suffix == ".toml"
    fields = {field if is_toml else variable: field for field, variable in variables.items()}
    found = _toml(path) if is_toml else _lines(path)
    for name in found:
        if name not in fields:
            nearest = get_close_matches(name, fields, n=1, cutoff=0.0)[0]
            raise SettingsFileError(f"{path}: {name[:64]!r} is no setting; the nearest is {nearest}")
    return {fields[name]: value for name, value in found.items()}


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_content(path, variable=CONFIG))
    except tomllib.TOMLDecodeError as error:
        position = str(error).rpartition("(")[2].rstrip(")")
        raise SettingsFileError(f"{path} is no TOML file: {position}") from None


def _lines(path: Path) -> dict[str, str]:
    _content(path, variable=CONFIG)
    return {
        name: value
        for name, value in dotenv_values(path, interpolate=False, encoding="utf-8-sig").items()
        if value is not None
    }


def _content(path: Path, *, variable: str) -> str:
    try:
        if os.stat(path).st_size > MAX_BYTES:  # noqa: PTH116 - of what a link points to
            raise SettingsFileError(f"{variable}: {path} is larger than {MAX_BYTES:,} bytes")
        return path.read_text(encoding="utf-8-sig")  # some editors begin a file with a byte order mark
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsFileError(f"{variable}: {path} cannot be read: {type(error).__name__}") from None


def variable(name: str, field: FieldInfo) -> str:
    """The variable of the environment that a field is read from."""
    alias = field.validation_alias
    return str(alias.choices[-1]) if isinstance(alias, AliasChoices) else f"TIDINGS_{name.upper()}"
