"""`responseFields` and what it leaves of an answer."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings.push.v1.subscriptions_pb2 import SubscriptionCollection
from tidings_server.platform.errors import InvalidInput
from tidings_server.push.api.field_selection import check_selection
from tidings_server.push.field_selection import MAX_DEPTH, Selection, parse_selection, select

names = st.from_regex(r"[a-z0-9_]{1,10}", fullmatch=True)
selections: st.SearchStrategy[Selection] = st.recursive(
    st.just({}), lambda inner: st.dictionaries(names, inner, max_size=4), max_leaves=20
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=20,
)

ANSWER = {
    "totalCount": 1,
    "items": [{"id": "a", "topics": ["x"], "auditInfo": {"createBy": "me", "createDate": "now"}}],
}


def depth(selection: Selection) -> int:
    return 1 + max(map(depth, selection.values())) if selection else 0


def print_selection(selection: Selection) -> str:
    """The text that `parse_selection` parses to this selection."""
    return ",".join(name + (f"({print_selection(inner)})" if inner else "") for name, inner in selection.items())


@given(selections.filter(lambda selection: depth(selection) <= MAX_DEPTH))
def test_a_printed_selection_reads_back(selection: Selection) -> None:
    assert parse_selection(print_selection(selection)) == selection


@given(st.text(st.sampled_from("ab(), ")) | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InvalidInput):
        selection = parse_selection(text)
        assert parse_selection(print_selection(selection)) == selection


@given(values, selections)
def test_selecting_twice_is_selecting_once(value: object, selection: Selection) -> None:
    once = select(value, selection)
    assert select(once, selection) == once


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("", ANSWER),
        ("totalCount", {"totalCount": 1}),
        ("TOTALCOUNT", {"totalCount": 1}),
        ("items(id)", {"items": [{"id": "a"}]}),
        ("items(id, auditInfo( createBy ) )", {"items": [{"id": "a", "auditInfo": {"createBy": "me"}}]}),
        ("items(id),items(topics)", {"items": [{"id": "a", "topics": ["x"]}]}),
        ("items(id),items", {"items": ANSWER["items"]}),
        ("items(topics(x))", {"items": [{"topics": ["x"]}]}),
        ("nosuch,items(nosuch)", {"items": [{}]}),
    ],
)
def test_an_answer_has_the_selected_fields(fields: str, expected: object) -> None:
    assert select(ANSWER, parse_selection(fields)) == expected


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("nosuch", "nosuch is not known here; the nearest is "),
        ("items(nosuch)", "items.nosuch is not known here"),
        ("item(id)", "item is not known here; the nearest is items"),
        ("totalCount(id)", "totalCount has no fields of its own"),
        (
            "items(subscribingTenants(tenant))",
            "items.subscribingTenants.tenant is not known here; the nearest is tenantId",
        ),
    ],
)
def test_a_field_that_no_answer_has_is_refused_with_the_nearest(fields: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(said)):
        check_selection(parse_selection(fields), SubscriptionCollection.DESCRIPTOR)


def test_every_field_of_an_answer_can_be_selected() -> None:
    for field in SubscriptionCollection.DESCRIPTOR.fields:
        check_selection(parse_selection(field.json_name.upper()), SubscriptionCollection.DESCRIPTOR)


@pytest.mark.parametrize(
    "text", [",", "a,", "a)", "a(", "a()", "(a)", "a b", "a(b))", "a(" * 9 + "b" + ")" * 9, "a," * 512 + "b"]
)
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_selection(text)
    assert caught.value.violations[0].field == "responseFields"
