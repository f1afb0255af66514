"""The subset of Jinja2 that tenants write templates in: its parser, and an interpreter that counts steps.

Jinja2 parses; nothing is compiled, folded or called. Every node that is evaluated, every element and every
CHARACTERS_PER_STEP characters that a filter or a comparison reads is a step, so a template takes at most MAX_STEPS of
about a microsecond, whatever its data. Attributes are keys of the data alone: no method and no object of the server is
in reach.
"""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from jinja2 import Environment, TemplateError, Undefined, UndefinedError, filters, nodes
from markupsafe import escape

MAX_TOKENS: Final = 1_500
"""Words and signs between braces, and texts between those; 15 µs each to parse."""
MAX_DEPTH: Final = 64
MAX_STEPS: Final = 20_000
CHARACTERS_PER_STEP: Final = 100

Names = Mapping[str, frozenset[str] | None]
"""Variables of a template, each with the keys that it has, or None where any may be."""


class TooMuchWork(Exception):
    """A template has taken MAX_STEPS."""


_ENVIRONMENT: Final = Environment(autoescape=False, keep_trailing_newline=False)  # noqa: S701 - it only parses; HTML is escaped by the interpreter
_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "capitalize": filters.do_capitalize,
    "default": filters.do_default,
    "e": escape,
    "escape": escape,
    "first": lambda value: filters.do_first(_ENVIRONMENT, value),
    "int": filters.do_int,
    "last": lambda value: filters.do_last(_ENVIRONMENT, value),
    "length": len,
    "lower": filters.do_lower,
    "round": filters.do_round,
    "title": filters.do_title,
    "trim": filters.do_trim,
    "upper": filters.do_upper,
}
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gteq": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
    "in": lambda one, many: one in many,
    "notin": lambda one, many: one not in many,
}
_ALLOWED: Final = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem),
    *(nodes.Filter, nodes.Keyword, nodes.If, nodes.For, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
)
_MAX_ARGUMENTS: Final = 2
_MAX_ARGUMENT: Final = 64
"""Largest number, and length of a text, that a filter takes as an argument."""


def parse(text: str) -> nodes.Template:
    """The template's tree. Raises TemplateError for bad syntax, and ValueError, also for more than MAX_TOKENS."""
    tokens = (kind for _, kind, _ in _ENVIRONMENT.lex(text) if kind != "whitespace")
    if next((count for count, _ in enumerate(tokens) if count >= MAX_TOKENS), None):
        raise ValueError(f"it has more than {MAX_TOKENS:,} words and signs between braces")
    return _ENVIRONMENT.parse(text)


def violation(template: nodes.Template, names: Names | None) -> str | None:
    """The first construct that is not allowed, in a few words. `names` are the template's variables, None: any."""
    for node, depth, inner in _walk(template):
        if depth > MAX_DEPTH:
            return f"more than {MAX_DEPTH} levels"
        if problem := _refused(node) or (names is not None and _unknown(node, names, inner)):
            return problem
    return None


def render(template: nodes.Template, data: Mapping[str, Any], *, is_html: bool) -> Iterator[str]:
    """The parts of the text. Raises TooMuchWork, and errors of Python and Jinja2 that this data causes."""
    return _Interpreter(data, is_html=is_html).body(template.body)


def _walk(template: nodes.Template) -> Iterator[tuple[nodes.Node, int, frozenset[str]]]:
    """Every node with its depth and the variables of the loop around it."""
    pending: list[tuple[nodes.Node, int, frozenset[str]]] = [(template, 0, frozenset())]
    while pending:
        node, depth, inner = pending.pop()
        yield node, depth, inner
        if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name):
            own = inner | {node.target.name, "loop"}
            pending += [(child, depth + 1, own) for child in (*node.body, *filter(None, (node.test,)))]
            pending += [(child, depth + 1, inner) for child in (node.iter, *node.else_)]
        else:
            pending += [(child, depth + 1, inner) for child in node.iter_child_nodes()]


def _refused(node: nodes.Node) -> str | None:
    if not isinstance(node, _ALLOWED):
        return type(node).__name__.lower()
    if isinstance(node, nodes.Filter):
        return _refused_filter(node)
    if isinstance(node, nodes.For):
        if node.recursive or next(node.find_all(nodes.For), None):
            return "a loop inside a loop"
        if not isinstance(node.target, nodes.Name):
            return "a loop over pairs"
    return None


def _refused_filter(node: nodes.Filter) -> str | None:
    if node.name not in _FILTERS or node.node is None or node.dyn_args or node.dyn_kwargs:
        return f"the filter {node.name}"
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


def _unknown(node: nodes.Node, names: Names, inner: frozenset[str]) -> str | None:
    if isinstance(node, nodes.Name) and node.name not in names and node.name not in inner and node.ctx == "load":
        return f"{_shortened(node.name)}: there are {', '.join(sorted(names))}"
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name not in inner:
        keys = names.get(node.node.name)
        if keys is not None and node.attr not in keys:
            return f"{node.node.name}.{_shortened(node.attr)}: there are {', '.join(sorted(keys))}"
    return None


def _shortened(name: str) -> str:
    return name if len(name) <= _MAX_ARGUMENT else f"{name[:_MAX_ARGUMENT]}…"


class _Interpreter:
    """Evaluates one template over its data, once."""

    def __init__(self, data: Mapping[str, Any], *, is_html: bool) -> None:
        self._data = data
        self._loop_variables: Mapping[str, Any] = {}
        self._is_html = is_html
        self._steps_left = MAX_STEPS

    def body(self, body: Sequence[nodes.Node]) -> Iterator[str]:
        for node in body:
            self._spend(1)
            match node:
                case nodes.Output():
                    yield from map(self._printed, node.nodes)
                case nodes.If():
                    yield from self.body(self._branch(node))
                case nodes.For():
                    yield from self._loop(node)

    def _spend(self, steps: int) -> None:
        self._steps_left -= steps
        if self._steps_left < 0:
            raise TooMuchWork

    def _printed(self, node: nodes.Expr) -> str:
        if isinstance(node, nodes.TemplateData):
            return node.data
        value = self._value(node)
        self._spend_on(value)
        return str(escape(value)) if self._is_html else str(value)

    def _branch(self, node: nodes.If) -> Sequence[nodes.Node]:
        branches = (node, *node.elif_)
        return next((each.body for each in branches if self._value(each.test)), node.else_)

    def _loop(self, node: nodes.For) -> Iterator[str]:
        assert isinstance(node.target, nodes.Name)  # noqa: S101 - as checked by `violation`
        name, items = node.target.name, self._items(node)
        for at, item in enumerate(items):
            self._spend(1)
            self._loop_variables = {name: item, "loop": _position(at, len(items))}
            yield from self.body(node.body)
        self._loop_variables = {}
        if not items:
            yield from self.body(node.else_)

    def _items(self, node: nodes.For) -> Sequence[Any]:
        """Items that a loop goes over, filtered by its test."""
        assert isinstance(node.target, nodes.Name)  # noqa: S101 - as above
        iterable = self._value(node.iter)
        if isinstance(iterable, Undefined):
            return ()
        self._spend(len(iterable))
        if node.test is None:
            return tuple(iterable)
        items = []
        for item in iterable:
            self._loop_variables = {node.target.name: item}
            if self._value(node.test):
                items.append(item)
        return items

    def _value(self, node: nodes.Node) -> Any:  # noqa: PLR0911 - one line a kind
        self._spend(1)
        match node:
            case nodes.Const():
                return node.value
            case nodes.Name():
                return self._loop_variables.get(node.name, self._data.get(node.name, Undefined(name=node.name)))
            case nodes.Getattr():
                return self._member(self._value(node.node), node.attr)
            case nodes.Getitem():
                return self._member(self._value(node.node), self._value(node.arg))
            case nodes.Filter():
                return self._filtered(node)
            case nodes.Compare():
                return self._compared(node)
            case nodes.And():
                return self._value(node.left) and self._value(node.right)
            case nodes.Or():
                return self._value(node.left) or self._value(node.right)
            case nodes.Not():
                return not self._value(node.node)
        raise TypeError(type(node).__name__)

    def _member(self, holder: Any, key: Any) -> Any:
        if isinstance(holder, Undefined):
            raise UndefinedError(f"{holder._undefined_name or 'it'} is not there, so it has no {key!s:.64}")  # noqa: SLF001 - Jinja2 shows it nowhere else
        is_listed = isinstance(holder, str | Sequence) and isinstance(key, int)
        if not is_listed and not (isinstance(holder, Mapping) and isinstance(key, str | int | float)):
            return Undefined(name=str(key)[:64])
        try:
            return holder[key]
        except (KeyError, IndexError):
            return Undefined(name=str(key)[:64])

    def _filtered(self, node: nodes.Filter) -> Any:
        assert node.node is not None  # noqa: S101 - as above
        value = self._value(node.node)
        if node.name not in ("default", "first", "last", "length"):
            self._spend_on(value, times=10 if node.name in ("title", "trim") else 1)
        named: dict[str, Any] = {str(each.key): self._value(each.value) for each in node.kwargs}
        return _FILTERS[node.name](value, *map(self._value, node.args), **named)

    def _compared(self, node: nodes.Compare) -> bool:
        left = self._value(node.expr)
        for operand in node.ops:
            right = self._value(operand.expr)
            self._spend_on(left)
            self._spend_on(right)
            if not _COMPARISONS[operand.op](left, right):
                return False
            left = right
        return True

    def _spend_on(self, value: Any, *, times: int = 1) -> None:
        """Steps for reading a value whole, however deep."""
        pending = [value]
        while pending:
            one = pending.pop()
            if isinstance(one, str):
                self._spend(1 + times * len(one) // CHARACTERS_PER_STEP)
            elif isinstance(one, Mapping):
                self._spend(len(one))
                pending += [*one.keys(), *one.values()]
            elif isinstance(one, Sequence):
                self._spend(len(one))
                pending += one
            else:
                self._spend(1)


def _position(at: int, length: int) -> Mapping[str, Any]:
    """Jinja2's `loop`."""
    return {
        "index": at + 1,
        "index0": at,
        "revindex": length - at,
        "revindex0": length - at - 1,
        "first": at == 0,
        "last": at == length - 1,
        "length": length,
    }


FAILURES: Final = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError)
"""Errors of a template that cannot be rendered with its data."""
