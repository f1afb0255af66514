"""A trial of templates as they are written: what is constant, or of a known kind, and can never be rendered is refused.

The interpreter runs once through every branch, over samples of what is known of each variable. FREE stands for the
rest, and every operation on it gives FREE.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from jinja2 import Undefined, nodes

from tidings_server.mail.template_faults import TemplateFault, kind_of
from tidings_server.mail.template_interpreter import FAILURES, FILTERS, MAX_STEPS, Interpreter, TooMuchWork

Names = Mapping[str, "Mapping[str, type | None] | type | None"]
"""Variables of a template: `str` for a text, `int` for a number, None for anything, or its members with theirs."""

FREE: Final = object()
_PROBES: Final = ("1", 1, ("1",))
"""Values of each kind that some filter takes: what fails on all of them fails on any."""


def try_out(template: nodes.Template, names: Names | None) -> None:
    """Raises TemplateFault for a template that can never be rendered. `names` are all its variables, None: any."""
    try:
        for _ in _Trial(names).body(template.body):
            pass
    except TooMuchWork:
        raise TemplateFault(1, f"more than {MAX_STEPS:,} steps, whatever its data") from None


class _Trial(Interpreter):
    def __init__(self, names: Names | None) -> None:
        super().__init__({name: _sample(kind) for name, kind in (names or {}).items()}, is_html=False)
        self._takes_any = names is None

    def _branch(self, node: nodes.If) -> Sequence[nodes.Node]:
        branches = (node, *node.elif_)
        for each in branches:
            self._value(each.test)
        return [*(inner for each in branches for inner in each.body), *node.else_]

    def _items(self, node: nodes.For) -> Sequence[Any]:
        assert isinstance(node.target, nodes.Name)  # noqa: S101 - as checked by `forbid`
        iterable = self._value(node.iter)
        if not (iterable is FREE or isinstance(iterable, Undefined | str | Sequence | Mapping)):
            raise TemplateFault(node.lineno, f"a loop cannot go over {kind_of(iterable)}")
        if node.test is not None:
            self._loop_variables = {node.target.name: FREE}
            self._value(node.test)
            self._loop_variables = {}
        for _ in self.body(node.else_):  # what stands for no items at all
            pass
        return (FREE,)

    def _value(self, node: nodes.Node) -> Any:
        match node:
            case nodes.Name() if node.name not in self._loop_variables and node.name not in self._data:
                return self._unknown(node)
            case nodes.Getattr() | nodes.Getitem():
                return self._part(node)
            case nodes.And() | nodes.Or():
                both = (self._value(node.left), self._value(node.right))
                return FREE if FREE in both else both[bool(both[0]) is isinstance(node, nodes.And)]
            case nodes.Not():
                value = self._value(node.node)
                return FREE if value is FREE else not value
        return super()._value(node)

    def _unknown(self, node: nodes.Name) -> Any:
        if self._takes_any:
            return FREE
        words = f"there is no variable of this name ({len(node.name):,} characters): there are "
        raise TemplateFault(node.lineno, words + ", ".join(sorted(self._data)))

    def _part(self, node: nodes.Getattr | nodes.Getitem) -> Any:
        holder = self._value(node.node)
        key = node.attr if isinstance(node, nodes.Getattr) else self._value(node.arg)
        if holder is FREE or key is FREE:
            return FREE
        if isinstance(holder, Undefined):
            raise TemplateFault(node.lineno, "what is never there has no parts")
        if isinstance(node, nodes.Getattr):
            self._check_member(node, holder)
        return FREE if isinstance(holder, str) and isinstance(key, int) else self._member(holder, key)

    def _check_member(self, node: nodes.Getattr, holder: Any) -> None:
        if not isinstance(holder, Mapping):
            raise TemplateFault(node.lineno, f"{kind_of(holder)} has no members")
        if isinstance(node.node, nodes.Name) and node.node.name in self._data and node.attr not in holder:
            words = f"{node.node.name} has no member of this name ({len(node.attr):,} characters): there are "
            raise TemplateFault(node.lineno, words + ", ".join(sorted(holder)))

    def _applied(self, node: nodes.Filter, value: Any, args: Sequence[Any], named: Mapping[str, Any]) -> Any:
        if value is not FREE and FREE not in args and FREE not in named.values():
            applied = super()._applied(node, value, args, named)
            return FREE if node.name in ("first", "last") else applied
        for probe in _PROBES:
            with suppress(*FAILURES):
                FILTERS[node.name](probe, *args, **named)
                return FREE
        raise TemplateFault(node.lineno, f"the filter {node.name} takes no such arguments")

    def _holds(self, operand: nodes.Operand, left: Any, right: Any) -> bool:
        if left is not FREE and right is not FREE:
            super()._holds(operand, left, right)
        return True


def _sample(kind: "Mapping[str, type | None] | type | None") -> Any:
    if isinstance(kind, Mapping):
        return {name: _sample(each) for name, each in kind.items()}
    return FREE if kind is None else kind(1)
