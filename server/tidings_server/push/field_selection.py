"""Field selection by `responseFields`, such as `totalCount,items(id,topics)`, and its application to an answer.

Source: WIRE.md 002 (c): a comma list relative to the answer, nested in parentheses. Names are compared without
case. Deviates: a name that the answer does not have is refused.
"""

from collections.abc import Mapping

from lark import Lark, Token, Tree, UnexpectedInput

from tidings_server.platform.errors import InvalidInput

MAX_LENGTH = 1_024
MAX_DEPTH = 8

Selection = Mapping[str, "Selection"]
"""Selection within each field by its lower-case name; an empty mapping selects the whole field."""

GRAMMAR = r"""
fields: field (_COMMA field)*
field: NAME (_OPEN fields _CLOSE)?

NAME: /[^\s,()]+/
_COMMA: /\s*,\s*/
_OPEN: /\s*\(\s*/
_CLOSE: /\s*\)/
"""

_parser = Lark(GRAMMAR, parser="lalr", lexer="contextual", start="fields")


def parse_selection(text: str) -> Selection:
    """The selection of `responseFields`; a blank text selects everything.

    Raises InvalidInput for another form, deeper than `MAX_DEPTH` and longer than `MAX_LENGTH` characters.
    """
    text = text.strip()
    if not text:
        return {}
    if len(text) > MAX_LENGTH:
        raise InvalidInput.of("responseFields", f"at most {MAX_LENGTH} characters", f"{len(text)} characters")
    if _depth(text) > MAX_DEPTH:
        raise InvalidInput.of("responseFields", f"at most {MAX_DEPTH} levels")
    try:
        return _selection(_parser.parse(text))
    except UnexpectedInput:
        raise InvalidInput.of("responseFields", "names separated by commas, nested in parentheses") from None


def select(answer: object, selection: Selection) -> object:
    """`answer` (a JSON value) reduced to the selected fields, in each element of a list."""
    if not selection:
        return answer
    if isinstance(answer, list):
        return [select(element, selection) for element in answer]
    if isinstance(answer, dict):
        return {
            name: select(value, selection[name.lower()]) for name, value in answer.items() if name.lower() in selection
        }
    return answer


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return deepest


def _selection(fields: Tree[Token]) -> Selection:
    selected: dict[str, Selection] = {}
    for field in fields.children:
        if isinstance(field, Tree):
            name, inner = _field(field)
            selected[name] = _union(selected[name], inner) if name in selected else inner
    return selected


def _field(field: Tree[Token]) -> tuple[str, Selection]:
    name, *inner = field.children
    return str(name).lower(), _selection(inner[0]) if inner and isinstance(inner[0], Tree) else {}


def _union(first: Selection, second: Selection) -> Selection:
    """The union of two selections: everything, if one of them selects everything."""
    if not first or not second:
        return {}
    shared = {name: _union(inner, second[name]) for name, inner in first.items() if name in second}
    return {**first, **second, **shared}
