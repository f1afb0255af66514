"""Parser of filter and order texts of listings: `topics cont order. and isActive eq true`, `createDate desc, id`.

Source: WIRE.md 002 (b): `field op value` joined by ` and `; no "or"; dotted paths; values bare or in single quotes (two
of them stand for one). Operators and `and` are read in any case. The fields are those of each listing.
"""

from lark import Lark, Token, Tree, UnexpectedInput

from tidings_server.platform.errors import InvalidInput
from tidings_server.push.store.filters import Comparison, Operator, Ordering

MAX_LENGTH = 1_024
MAX_TERMS = 16
MAX_KEYS = 8

GRAMMAR = r"""
filter: comparison (_WS _AND _WS comparison)*
comparison: FIELD _WS OPERATOR _WS (QUOTED | BARE)
sort: key (_COMMA key)*
key: FIELD (_WS DIRECTION)?

FIELD: /[A-Za-z_][A-Za-z0-9_]{0,63}(\.[A-Za-z_][A-Za-z0-9_]{0,63}){0,7}/
OPERATOR: /eq|ne|gt|ge|lt|le|cont|sw/i
DIRECTION: /asc|desc/i
QUOTED: /'([^']|'')*'/
BARE: /[^\s']\S*/
_AND: /and/i
_COMMA.1: /\s*,\s*/
_WS: /\s+/
"""

_parser = Lark(GRAMMAR, parser="lalr", lexer="contextual", start=["filter", "sort"])


def parse_filter(text: str) -> tuple[Comparison, ...]:
    """The comparisons of a filter, all of which must hold; none for a blank text.

    Raises InvalidInput for another form, more than `MAX_TERMS` comparisons and more than `MAX_LENGTH` characters.
    """
    tree = _parsed(text, start="filter", parameter="filter")
    comparisons = tuple(_comparison(node) for node in _nodes(tree))
    if len(comparisons) > MAX_TERMS:
        raise InvalidInput.of("filter", f"at most {MAX_TERMS} comparisons", f"{len(comparisons)} comparisons")
    return comparisons


def parse_sort(text: str) -> tuple[Ordering, ...]:
    """The keys of an order, the most important first; none for a blank text.

    Raises InvalidInput for another form, more than `MAX_KEYS` keys and more than `MAX_LENGTH` characters.
    """
    tree = _parsed(text, start="sort", parameter="sortBy")
    orderings = tuple(_ordering(node) for node in _nodes(tree))
    if len(orderings) > MAX_KEYS:
        raise InvalidInput.of("sortBy", f"at most {MAX_KEYS} keys", f"{len(orderings)} keys")
    return orderings


def _parsed(text: str, *, start: str, parameter: str) -> Tree[Token] | None:
    text = text.strip()
    if not text:
        return None
    if len(text) > MAX_LENGTH or "\0" in text:
        raise InvalidInput.of(parameter, f"at most {MAX_LENGTH} characters and no NUL", f"{len(text)} characters")
    try:
        return _parser.parse(text, start=start)
    except UnexpectedInput as error:
        position = min(error.column, len(text)) if error.column > 0 else len(text)
        raise InvalidInput.of(parameter, f"{_FORMS[start]}; not understood at character {position}") from None


def _nodes(tree: Tree[Token] | None) -> list[list[str]]:
    if tree is None:
        return []
    return [[str(token) for token in node.children] for node in tree.children if isinstance(node, Tree)]


def _comparison(parts: list[str]) -> Comparison:
    field, operator, value = parts
    if value.startswith("'"):
        value = value[1:-1].replace("''", "'")
    return Comparison(field, Operator(operator.lower()), value)


def _ordering(parts: list[str]) -> Ordering:
    return Ordering(parts[0], descending=len(parts) > 1 and parts[1].lower() == "desc")


_FORMS = {
    "filter": f"`field op value` joined by ` and `, op one of {', '.join(Operator)}",
    "sort": "`field asc` or `field desc`, separated by commas",
}
