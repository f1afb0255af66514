"""The interpreter of templates, which counts steps: see `template_language`."""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from jinja2 import Environment, TemplateError, Undefined, filters, nodes
from markupsafe import escape

from tidings_server.mail.template_faults import TemplateFault, kind_of

MAX_STEPS: Final = 20_000
CHARACTERS_PER_STEP: Final = 100
FAILURES: Final = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError)
"""Errors of Python and Jinja2 that values cause."""

_ENVIRONMENT: Final = Environment(autoescape=False)  # noqa: S701 - filters ask it for an undefined value alone


class TooMuchWork(Exception):
    """A template has taken MAX_STEPS."""


def _int(value: Any, default: Any = 0, base: int = 10) -> Any:
    return filters.do_int(None if isinstance(value, Undefined) else value, default, base)


def _round(value: Any, precision: int = 0, method: Any = "common") -> Any:
    """Nothing, for what is not there."""
    return value if isinstance(value, Undefined) else filters.do_round(value, precision, method)


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "capitalize": filters.do_capitalize,
    "default": filters.do_default,
    "e": escape,
    "escape": escape,
    "first": lambda value: filters.do_first(_ENVIRONMENT, value),
    "int": _int,
    "last": lambda value: filters.do_last(_ENVIRONMENT, value),
    "length": len,
    "lower": filters.do_lower,
    "round": _round,
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


class Interpreter:
    """Evaluates one template over its data, once.

    What is not there prints nothing, has no members that are there either, no items, and is neither above nor below
    anything: `template_trial` has refused the names that there never are.
    """

    def __init__(self, data: Mapping[str, Any], *, is_html: bool) -> None:
        self._data = data
        self._loop_variables: Mapping[str, Any] = {}
        self._is_html = is_html
        self._steps_left = MAX_STEPS

    def body(self, body: Sequence[nodes.Node]) -> Iterator[str]:
        """The parts of the text. Raises TooMuchWork, and TemplateFault for an error that this data causes."""
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
        try:
            return str(escape(value)) if self._is_html else str(value)
        except FAILURES:
            raise TemplateFault(node.lineno, f"{kind_of(value)} is too large to be printed") from None

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
        if not isinstance(iterable, str | Sequence | Mapping):
            raise TemplateFault(node.lineno, f"a loop cannot go over {kind_of(iterable)}")
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
                return self._loop_variables.get(node.name, self._data.get(node.name, Undefined()))
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
        is_listed = isinstance(holder, str | Sequence) and isinstance(key, int)
        if not is_listed and not (isinstance(holder, Mapping) and isinstance(key, str | int | float)):
            return Undefined()
        try:
            return holder[key]
        except (KeyError, IndexError):
            return Undefined()

    def _filtered(self, node: nodes.Filter) -> Any:
        assert node.node is not None  # noqa: S101 - as above
        value = self._value(node.node)
        if node.name not in ("default", "first", "last", "length"):
            self._spend_on(value, times=10 if node.name in ("title", "trim") else 1)
        named: dict[str, Any] = {str(each.key): self._value(each.value) for each in node.kwargs}
        return self._applied(node, value, list(map(self._value, node.args)), named)

    def _applied(self, node: nodes.Filter, value: Any, args: Sequence[Any], named: Mapping[str, Any]) -> Any:
        try:
            return FILTERS[node.name](value, *args, **named)
        except FAILURES:
            arguments = " with these arguments" if args or named else ""
            words = f"the filter {node.name} takes no such thing as {kind_of(value)}{arguments}"
            raise TemplateFault(node.lineno, words) from None

    def _compared(self, node: nodes.Compare) -> bool:
        left = self._value(node.expr)
        for operand in node.ops:
            right = self._value(operand.expr)
            self._spend_on(left)
            self._spend_on(right)
            if not self._holds(operand, left, right):
                return False
            left = right
        return True

    def _holds(self, operand: nodes.Operand, left: Any, right: Any) -> bool:
        if operand.op not in ("eq", "ne") and any(isinstance(each, Undefined) for each in (left, right)):
            return operand.op == "notin"
        try:
            return _COMPARISONS[operand.op](left, right)
        except FAILURES:
            words = f"{kind_of(left)} and {kind_of(right)} cannot be compared like this"
            raise TemplateFault(operand.expr.lineno, words) from None

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
