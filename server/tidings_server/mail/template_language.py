"""The subset of Jinja2 that tenants write templates in: its parser, and what it forbids.

Jinja2 parses; nothing is compiled, folded or called. Every node that is evaluated, every element and every hundred
characters that a filter or a comparison reads is a step, so a template takes at most MAX_STEPS of about a microsecond,
whatever its data: see `template_interpreter`. Attributes are keys of the data alone: no method and no object of the
server is in reach.
"""

import math
from collections.abc import Iterator
from typing import Final

from jinja2 import Environment, TemplateSyntaxError, nodes

from tidings_server.mail.template_faults import TemplateFault, syntax_fault
from tidings_server.mail.template_interpreter import FILTERS
from tidings_server.platform.texts import is_storable

MAX_TOKENS: Final = 1_500
"""Words and signs between braces, and texts between those; 15 µs each to parse."""
MAX_DEPTH: Final = 64
MAX_BRACKETS: Final = 32
"""Brackets inside each other, which the parser takes a dozen calls each for."""

MAX_DIGITS: Final = 300
TOO_DEEP: Final = f"more than {MAX_DEPTH} levels"

_ENVIRONMENT: Final = Environment(autoescape=False, keep_trailing_newline=False)  # noqa: S701 - it only parses; HTML is escaped by the interpreter
_ALLOWED: Final = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem),
    *(nodes.Filter, nodes.Keyword, nodes.If, nodes.For, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
)
_FORBIDDEN: Final = (
    (nodes.Call, "a call"),
    ((nodes.BinExpr, nodes.UnaryExpr), "arithmetic"),
    (nodes.Concat, "~"),
    (nodes.Literal, "a list or an object that it writes itself"),
    (nodes.Test, "is"),
    (nodes.CondExpr, "if inside an expression"),
    ((nodes.Assign, nodes.AssignBlock), "set"),
)
OTHERS: Final = "anything but text, variables, constants, filters, comparisons, if and for"
_PREFIXES: Final = frozenset({"-", "+", "not"})
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
_MAX_ARGUMENTS: Final = 2
_MAX_ARGUMENT: Final = 64
"""Largest number, and length of a text, that a filter takes as an argument."""


def parse(text: str) -> nodes.Template:
    """The template's tree. Raises TemplateFault for bad syntax, and for more than the parser is given to do."""
    try:
        _bound(text)
        return _ENVIRONMENT.parse(text)
    except TemplateSyntaxError as error:
        raise syntax_fault(error) from None
    except RecursionError:  # Python's own: blocks nested too deep for it
        raise TemplateFault(1, TOO_DEEP) from None


def _bound(text: str) -> None:
    """Raises TemplateFault for too many words, and for numbers and levels that the parser cannot take."""
    brackets = prefixes = count = 0
    for line, kind, value in _ENVIRONMENT.lex(text):
        if kind == "whitespace":
            continue
        count += 1
        prefixes = prefixes + 1 if value in _PREFIXES and kind in ("operator", "name") else 0
        if kind == "operator":
            brackets += (value in _OPENING) - (value in _CLOSING)
        if count > MAX_TOKENS:
            raise TemplateFault(line, f"more than {MAX_TOKENS:,} words and signs between braces")
        if prefixes > MAX_DEPTH:
            raise TemplateFault(line, TOO_DEEP)
        if brackets > MAX_BRACKETS:
            raise TemplateFault(line, f"more than {MAX_BRACKETS} brackets inside each other")
        if kind in ("integer", "float") and len(value) > MAX_DIGITS:
            raise TemplateFault(line, f"a number of more than {MAX_DIGITS} digits")


def forbid(template: nodes.Template) -> None:
    """Raises TemplateFault for the first construct that is not allowed."""
    for node, line, depth in _walk(template):
        if depth > MAX_DEPTH:
            raise TemplateFault(line, TOO_DEEP)
        if problem := _refused(node):
            raise TemplateFault(line, f"a template may not use {problem}")


def _walk(template: nodes.Template) -> Iterator[tuple[nodes.Node, int, int]]:
    """Every node with its line and its depth."""
    pending: list[tuple[nodes.Node, int, int]] = [(template, 1, 0)]
    while pending:
        node, around, depth = pending.pop()
        line = node.lineno or around  # operands of comparisons have none
        yield node, line, depth
        pending += [(child, line, depth + 1) for child in node.iter_child_nodes()]


def _refused(node: nodes.Node) -> str | None:
    if not isinstance(node, _ALLOWED):
        return next((words for kind, words in _FORBIDDEN if isinstance(node, kind)), OTHERS)
    if isinstance(node, nodes.Const):
        return _refused_constant(node.value)
    if isinstance(node, nodes.Filter):
        return _refused_filter(node)
    if isinstance(node, nodes.For):
        if node.recursive or next(node.find_all(nodes.For), None):
            return "a loop inside a loop"
        if not isinstance(node.target, nodes.Name):
            return "a loop over pairs"
    return None


def _refused_constant(value: object) -> str | None:
    if isinstance(value, float) and not math.isfinite(value):
        return "a number that is beyond all that can be written out"
    if isinstance(value, str) and not is_storable(value):
        return "a text with NUL or half of a surrogate pair"
    return None


def _refused_filter(node: nodes.Filter) -> str | None:
    if node.name not in FILTERS or node.node is None:
        return f"a filter whose name has {len(node.name):,} characters: there are {', '.join(sorted(FILTERS))}"
    if node.dyn_args or node.dyn_kwargs:
        return f"the filter {node.name} with arguments that are not written out"
    arguments = [*node.args, *(each.value for each in node.kwargs)]
    if len(arguments) > _MAX_ARGUMENTS:
        return f"the filter {node.name} with more than {_MAX_ARGUMENTS} arguments"
    if node.name != "default" and not all(map(_is_small_constant, arguments)):
        return f"the filter {node.name} with anything but a small constant"
    return None


def _is_small_constant(node: nodes.Node) -> bool:
    if not isinstance(node, nodes.Const):
        return False
    return len(node.value) <= _MAX_ARGUMENT if isinstance(node.value, str) else abs(node.value or 0) <= _MAX_ARGUMENT
