"""Redaction of data that is the person's own, and of data that only mentions the person."""

from typing import Any

import pytest

from tidings_server.privacy.person import Person
from tidings_server.privacy.redaction import Owner, owner_of, redacted

MAIL, ID = "two@example.com", "8f14e45f-ceea-467f-a8d3-2c1c4b7b4d11"
TWO = Person(1, frozenset({"c-2", ID}), frozenset({MAIL, "+49301234"}), "erased-1", frozenset({("1", "R-7")}))


@pytest.mark.parametrize(
    ("json", "left"),
    [
        (
            {"customer_id": "c-1", "sku": "SKU-9", "status": "paid", "name": "Bob", "cc": MAIL},
            {"customer_id": "c-1", "sku": "SKU-9", "status": "paid", "name": "Bob", "cc": "erased-1"},
        ),
        (
            {"carrier": "DHL", "hub": "north depot", "mail": MAIL},
            {"carrier": "DHL", "hub": "north depot", "mail": "erased-1"},
        ),
        ({"to": "DHL-depot", "note": f"for Two <{MAIL}>"}, {"to": "DHL-depot", "note": ""}),
        ({"owner": ID, "path": f"/of/{ID}", "qty": "c-2"}, {"owner": "erased-1", "path": "", "qty": "c-2"}),
        (
            {"orders": [{"customerId": "c-2", "name": "Two"}, {"customerId": "c-1", "name": "Bob"}], "by": "web"},
            {"orders": [{"customerId": "erased-1", "name": ""}, {"customerId": "c-1", "name": "Bob"}], "by": "web"},
        ),
        (
            {"customerId": "c-1", "friend": {"customerId": "c-2", "name": "Two"}, "name": "Bob"},
            {"customerId": "c-1", "friend": {"customerId": "erased-1", "name": ""}, "name": "Bob"},
        ),
        (
            {"email": MAIL, "firstName": "Two", "address": {"line": "A Street 1"}, "hub": "north depot"},
            {"email": "erased-1", "firstName": "", "address": {"line": ""}, "hub": "north depot"},
        ),
    ],
)
def test_of_a_mention_only_the_mention_goes(json: Any, left: Any) -> None:
    assert redacted(TWO, json) == left


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *[("sku", "lamp"), ("status", "In Picking"), ("currency", "EUR"), ("productId", "p-1"), ("x", "49.90")],
        *[("x", "SKU-9"), ("orderedAt", "2026-01-01T10:00:00Z"), ("carrier", "dhl"), ("x", "o-1"), ("x", "12")],
    ],
)
def test_codes_of_own_data_stay(name: str, text: str) -> None:
    assert redacted(TWO, {"customerId": "c-2", name: text}) == {"customerId": "erased-1", name: text}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *[("firstName", "TWO"), ("name", "Two"), ("x", "Two"), ("street", "A-1"), ("zip", "10115"), ("note", "A-1")],
        *[("x", "49307654321"), ("x", "+49307654321"), ("birthDate", "1990-01-01"), ("userId", "u-1")],
        *[("x", "other@example.com"), ("memberId", "M-1"), ("status", "Two rang, is cross, wants money")],
    ],
)
def test_words_and_details_of_own_data_go(name: str, text: str) -> None:
    assert redacted(TWO, {"customerId": "c-2", name: text})[name] == ""


@pytest.mark.parametrize(("text", "left"), [("c-2", "erased-1"), ("R-7", "erased-1"), (f"shop/{ID}", "")])
def test_no_name_of_the_person_stays_in_own_data(text: str, left: str) -> None:
    assert redacted(TWO, {"customerId": "c-2", "id": text})["id"] == left


def test_a_field_that_is_an_object_is_told_by_its_name() -> None:
    facts = [{"name": "customerName", "value": "TWO"}, {"key": "carrier", "value": "DHL"}]
    left = [{"name": "customerName", "value": ""}, {"key": "carrier", "value": "DHL"}]
    assert redacted(TWO, {"customerId": "c-2", "facts": facts})["facts"] == left


@pytest.mark.parametrize(
    ("json", "owner"),
    [
        ({"customerId": "c-2", "referrer": {"customerId": "c-1"}}, Owner.PERSON),
        ({"customerId": "c-1", "referrer": {"customerId": "c-2"}}, Owner.ANOTHER),
        ([{"customerId": "c-2"}, {"customerId": "c-1"}], Owner.UNKNOWN),
        ({"order": {"customer-id": "C-2"}, "n": 1}, Owner.PERSON),
        ({"mail": MAIL, "customerId": ""}, Owner.UNKNOWN),
    ],
)
def test_the_customer_nearest_to_the_top_owns_data(json: Any, owner: Owner) -> None:
    assert owner_of(TWO, json) is owner
