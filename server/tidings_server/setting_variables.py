"""The variables of the environment that the settings are read from, and README's table of them."""

import os
from difflib import get_close_matches

from pydantic import AliasChoices

from tidings_server.platform.setting_sources import CONFIG, FILE, variable
from tidings_server.settings import Settings

OF_CLIENTS = frozenset(
    (
        *("TIDINGS_SERVER", "TIDINGS_CA", "TIDINGS_URL", "TIDINGS_PROFILE", "TIDINGS_PROFILES", "TIDINGS_OUTPUT"),
        *("TIDINGS_OPERATOR_TOKEN", "TIDINGS_OPERATOR_TOKEN_FILE", "TIDINGS_SIGNING_SECRET"),
        *("TIDINGS_TENANT", "TIDINGS_CLIENT_ID", "TIDINGS_CLIENT_SECRET", "TIDINGS_USERNAME", "TIDINGS_PASSWORD"),
        *("TIDINGS_STORE", "TIDINGS_STORE_KEY"),
    )
)
"""Variables of the command line `tidings`, which may stand in the server's environment too."""


def misspelt() -> dict[str, str]:
    """Variables of the environment that look like settings and are none, each with the setting that is most like it."""
    known = {variable(name, field) for name, field in Settings.model_fields.items()}
    strange = {name.upper(): name for name in os.environ if name.upper().startswith("TIDINGS_")}
    return {
        name: next(iter(get_close_matches(upper, known, n=1, cutoff=0.0)))
        for upper, name in sorted(strange.items())
        if upper not in known | OF_CLIENTS | {CONFIG} and upper.removesuffix(FILE) not in known
    }


def read_from(location: int | str) -> str:
    """The variable of a setting that pydantic names by its field or its first alias: the one that is set, if any is."""
    for name, field in Settings.model_fields.items():
        aliases = field.validation_alias.choices if isinstance(field.validation_alias, AliasChoices) else []
        if location in (name, *aliases):
            return next((str(each) for each in aliases if each in os.environ), variable(name, field))
    return str(location)


def table() -> str:
    """Every setting as a row of a Markdown table: its variable, its default, what it is."""
    rows = ["| variable | default | what |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        of_field = variable(name, field)
        default = "" if field.default in ("", None) else f"`{field.default}`"
        rows.append(f"| `{of_field}` | {default} | {field.description} |")
    return "\n".join(rows)


def environment(**changed: object) -> dict[str, str]:
    """The environment of this process with other values of these settings, for a process that it starts."""
    return os.environ | {f"TIDINGS_{name.upper()}": str(value) for name, value in changed.items()}
