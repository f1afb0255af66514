"""Templates in tenants' requests: a subset of Jinja2 with bounded work and no access to the server's objects.

Allowed are text, variables and their parts, constants, some filters, `if` with
comparisons, and `for` loops that are not nested. Arithmetic, calls and `set` are refused. The work of rendering is
bounded as well: see `template_language`.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from jinja2 import Template, nodes

from tidings_server.mail import template_language
from tidings_server.mail.template_faults import TemplateFault, failure_fault
from tidings_server.mail.template_interpreter import FAILURES, MAX_STEPS, Interpreter, TooMuchWork
from tidings_server.mail.template_trial import Names, try_out
from tidings_server.platform.errors import InvalidInput, WrongState
from tidings_server.platform.texts import is_storable

__all__ = ["MAX_RENDERED", "MAX_TEMPLATE", "Names", "RenderFailed", "check", "filled", "render"]

MAX_TEMPLATE: Final = 16_384
MAX_RENDERED: Final = 131_072
"""Characters of one part of a mail, so that all parts together fit into an event."""


class RenderFailed(WrongState):
    """The template cannot be filled with this data."""

    reason = "RENDER_FAILED"


def check(text: str, field: str, names: Names | None = None) -> None:
    """Check a template of a request; `names` are the variables that it can use, None for any.

    Raises InvalidInput on `field`, with the line, for a template that is too long, malformed, uses a forbidden part of
    the language or an unknown variable, or can never be rendered.
    """
    if len(text) > MAX_TEMPLATE:
        raise InvalidInput.of(field, f"at most {MAX_TEMPLATE:,} characters", f"string of {len(text):,} characters")
    try:
        template = _parsed(text)
        template_language.forbid(template)
        try_out(template, names)
    except TemplateFault as fault:
        raise InvalidInput.of(field, f"must be a template: {fault}") from None


def render(text: str, data: Mapping[str, Any], *, is_html: bool = False) -> str:
    """The template filled with `data`; in HTML whatever comes from data is escaped. An unknown variable is empty.

    Raises RenderFailed for an error that this data causes, for more than 131,072 characters, and for more work than a
    mail may take.
    """
    return _joined(_parts(text, data, is_html=is_html))


def filled(template: Template, data: Mapping[str, Any]) -> str:
    """The operator's own template filled with `data`. Raises as `render`."""
    return _joined(template.generate(data))


def _parts(text: str, data: Mapping[str, Any], *, is_html: bool) -> Iterator[str]:
    yield from Interpreter(data, is_html=is_html).body(_parsed(text).body)


def _joined(generated: Iterator[str]) -> str:
    parts: list[str] = []
    size = 0
    try:
        for part in generated:
            size += len(part)
            if size > MAX_RENDERED:
                raise RenderFailed(f"The letter has more than {MAX_RENDERED:,} characters.")
            parts.append(part)
    except TooMuchWork:
        raise RenderFailed(f"The template takes more than {MAX_STEPS:,} steps with this data.") from None
    except TemplateFault as fault:
        raise RenderFailed(f"The template cannot be filled: {fault}.") from None
    except FAILURES as error:
        raise RenderFailed(f"The template cannot be filled: {failure_fault(error)}.") from None
    text = "".join(parts)
    if not is_storable(text):  # of a template that was stored before such texts were refused
        raise RenderFailed("The letter has NUL or half of a surrogate pair.")
    return text


@lru_cache(maxsize=256)
def _parsed(text: str) -> nodes.Template:
    return template_language.parse(text)
