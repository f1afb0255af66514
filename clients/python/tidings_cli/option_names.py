"""Names of options for fields of requests: a refusal names what the user wrote."""

import re
from collections.abc import Iterator
from typing import Any

import typer

ALIASES = {
    "from": ("since", "start"),
    "from_time": ("since",),
    "to": ("until", "end"),
    "to_time": ("until",),
    "email_address": ("email",),
    "entity_name": ("entity",),
    "key_attributes": ("attribute",),
    "base64_encoded_payload_json": ("payload",),
    "customer_ids": ("customer",),
    "page_size": ("limit",),
}
"""Parameters of commands that set a field of another name."""


def option_of(context: typer.Context, field: str) -> str:
    """The option or argument that sets a field of the request; empty where there is none, or where a file set it.

    `field` is a path as the server spells it, such as `topics[0]` or `event.entityName`.
    """
    is_of_file = _is_given(context, "file")
    used = [one for one in context.command.params if not is_of_file or _is_given(context, one.name or "")]
    given = {name: one for one in used for name in _names(one)}
    for name in _candidates(field):
        if name in given:
            found = given[name]
            return _name(found)
    arguments = [one for one in context.command.params if one.param_type_name == "argument"]
    if field == "id" and len(arguments) == 1:
        return _name(arguments[0])
    return ""


def _names(parameter: Any) -> list[str]:
    return [parameter.name, *(each.lstrip("-").replace("-", "_") for each in parameter.opts)]


def _name(parameter: Any) -> str:
    return str(parameter.opts[0] if parameter.param_type_name == "option" else parameter.name.upper())


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name in {"COMMANDLINE", "ENVIRONMENT"}


def _candidates(field: str) -> Iterator[str]:
    """Parameters that may set a field, from the innermost name of its path outward."""
    for part in reversed(re.split(r"[.\[\]]+", field)):
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", part).lower()
        yield from ALIASES.get(name, ())
        yield from (name, name.removesuffix("s"), name.removesuffix("_id"))
