"""Templates that tenants write into a request: a part of Jinja2 that is finished soon and reaches nothing.

A sandbox keeps a template from the server's objects, but not from taking all of its time or memory. So only these
parts of the language are let through: text, variables and their parts, constants, some filters, `if` with comparisons,
and one `for` at a time. Without arithmetic, calls, `set` and loops in loops the work is bounded by template × data.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from jinja2 import Environment, Template, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tidings_server.platform.errors import InvalidInput, WrongState

MAX_TEMPLATE: Final = 16_384
MAX_RENDERED: Final = 131_072
"""Characters of one part of a mail: with its fellows it stays below what an event may have."""

FILTERS: Final = frozenset(
    (
        "capitalize",
        "default",
        "e",
        "escape",
        "first",
        "int",
        "last",
        "length",
        "lower",
        "round",
        "title",
        "trim",
        "upper",
    )
)
_ALLOWED: Final = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem),
    *(nodes.Filter, nodes.Keyword, nodes.If, nodes.For, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
)


class RenderFailed(WrongState):
    """The template cannot be filled with this data."""

    reason = "RENDER_FAILED"


def check(text: str, field: str) -> None:
    """Raises InvalidInput on `field` for a template that is too long, malformed, or uses more than is let through."""
    if len(text) > MAX_TEMPLATE:
        raise InvalidInput.of(field, f"at most {MAX_TEMPLATE:,} characters", f"string of {len(text):,} characters")
    try:
        refused = _refused(_PLAIN.parse(text))
        if not refused:
            _compiled(text, is_html=False)
    except (TemplateError, SyntaxError, RecursionError) as error:  # Python's own: blocks nested too deep for it
        raise InvalidInput.of(field, f"must be a template: {error}"[:512]) from None
    if refused:
        raise InvalidInput.of(field, f"a template may not use {refused}")


def render(text: str, data: Mapping[str, Any], *, is_html: bool = False) -> str:
    """The template filled with `data`; in HTML whatever comes from data is escaped. An unknown variable is empty.

    Raises RenderFailed for what goes wrong with this data, and for more than 131,072 characters.
    """
    return filled(_compiled(text, is_html=is_html), data)


def filled(template: Template, data: Mapping[str, Any]) -> str:
    """The template filled with `data`. Raises as `render`."""
    parts: list[str] = []
    size = 0
    try:
        for part in template.generate(data):
            size += len(part)
            if size > MAX_RENDERED:
                raise RenderFailed(f"The letter has more than {MAX_RENDERED:,} characters.")
            parts.append(part)
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise RenderFailed(f"The template cannot be filled: {error}"[:512]) from None
    return "".join(parts)


def sandbox(*, is_html: bool) -> Environment:
    """Where templates run: no access to what is private, nothing that changes the data."""
    return ImmutableSandboxedEnvironment(autoescape=is_html, keep_trailing_newline=False)


_PLAIN: Final = sandbox(is_html=False)
_HTML: Final = sandbox(is_html=True)


@lru_cache(maxsize=256)
def _compiled(text: str, *, is_html: bool) -> Template:
    return (_HTML if is_html else _PLAIN).from_string(text)


def _refused(parsed: nodes.Template) -> str | None:
    """What of a template is not let through, in a few words."""
    for node in parsed.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            return type(node).__name__.lower()
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            return f"the filter {node.name}"
        if isinstance(node, nodes.For) and (node.recursive or next(node.find_all(nodes.For), None)):
            return "a loop inside a loop"
    return None
