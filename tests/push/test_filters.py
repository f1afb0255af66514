"""The grammar of `filter` and `sortBy`."""

from collections.abc import Iterable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings_server.platform.errors import InvalidInput
from tidings_server.push.filters import parse_filter, parse_sort
from tidings_server.push.store.filters import Comparison, Operator, Ordering

names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}(\.[A-Za-z_][A-Za-z0-9_]{0,20}){0,3}", fullmatch=True)
values = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30)
filters = st.lists(st.builds(Comparison, names, st.sampled_from(Operator), values), max_size=5).map(tuple)
sorts = st.lists(st.builds(Ordering, names, st.booleans()), max_size=5).map(tuple)


def print_filter(comparisons: Iterable[Comparison]) -> str:
    """The text that `parse_filter` parses to these comparisons."""
    return " and ".join(f"{each.field} {each.operator} {_quoted(each.value)}" for each in comparisons)


def print_sort(orderings: Iterable[Ordering]) -> str:
    """The text that `parse_sort` parses to these keys."""
    return ", ".join(f"{each.field} {'desc' if each.descending else 'asc'}" for each in orderings)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


@given(filters)
def test_a_printed_filter_reads_back(comparisons: tuple[Comparison, ...]) -> None:
    assert parse_filter(print_filter(comparisons)) == comparisons


@given(sorts)
def test_a_printed_order_reads_back(orderings: tuple[Ordering, ...]) -> None:
    assert parse_sort(print_sort(orderings)) == orderings


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_filter, parse_sort):
        with suppress(InvalidInput):
            parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  ", []),
        ("isActive eq true", [("isActive", "eq", "true")]),
        ("name eq 'Diamine-Syrah 1.jpg'", [("name", "eq", "Diamine-Syrah 1.jpg")]),
        ("name eq 'O''Brien'", [("name", "eq", "O'Brien")]),
        ("name eq ''", [("name", "eq", "")]),
        ("createDate gt 2015-01-01T12:00:00z", [("createDate", "gt", "2015-01-01T12:00:00z")]),
        ("a.b.c SW x AND d cont y", [("a.b.c", "sw", "x"), ("d", "cont", "y")]),
        ("and eq and and eq eq eq", [("and", "eq", "and"), ("eq", "eq", "eq")]),
        ("a eq ' and b eq '", [("a", "eq", " and b eq ")]),
    ],
)
def test_filters_are_read(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert [(each.field, each.operator, each.value) for each in parse_filter(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "isActive",
        "isActive eq",
        "isActive is true",
        "a eq b or c eq d",
        "a eq b and",
        "a eq b, c eq d",
        "a eq b c",
        "a eq 'b",
        "a eq 'b'and c eq d",
        "(a eq b)",
        "1a eq b",
        "a..b eq c",
        "a eq b\0",
        "x." * 20 + "y eq 1",
        "a eq " + "b" * 1_024,
        " and ".join(["a eq b"] * 17),
    ],
)
def test_other_forms_of_a_filter_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_filter(text)
    assert caught.value.violations[0].field == "filter"


def test_a_syntax_error_has_its_position() -> None:
    with pytest.raises(InvalidInput, match="at character 8"):
        parse_filter("a eq b or c eq d")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("createDate", [("createDate", False)]),
        ("createDate desc", [("createDate", True)]),
        ("a.b ASC ,c Desc,d", [("a.b", False), ("c", True), ("d", False)]),
    ],
)
def test_orders_are_read(text: str, expected: list[tuple[str, bool]]) -> None:
    assert [(each.field, each.descending) for each in parse_sort(text)] == expected


@pytest.mark.parametrize("text", [",", "a,", "a b", "a desc desc", "a;b", "-a", "a" * 1_025, ",".join("abcdefghi")])
def test_other_forms_of_an_order_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_sort(text)
    assert caught.value.violations[0].field == "sortBy"
