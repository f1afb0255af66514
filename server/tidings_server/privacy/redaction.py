"""Redaction of free-form data: what of a person goes, by whose the data is.

Data that names the person as its customer is the person's own, and loses all free texts. Data that only mentions the
person loses the mention: a text that is an id or contact of the person becomes the pseudonym, one in which such a thing
stands is emptied, and everything else stays, since it is another's, or what a process goes by.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final

from tidings_server.privacy.fields import is_contact, is_detail, is_no_words, is_personal
from tidings_server.privacy.person import Person, is_customer_field

PAIRS: Final = (frozenset({"key", "value"}), frozenset({"name", "value"}), frozenset({"name", "type", "value"}))
"""Keys of objects that are one field: its name and its value."""


class Owner(Enum):
    """The owner of data."""

    PERSON = "PERSON"
    """It names the person as its customer."""
    ANOTHER = "ANOTHER"
    """It names a customer who is not the person."""
    UNKNOWN = "UNKNOWN"
    """It names no customer, or several beside each other."""


def owner_of(subject: Person, json: Any) -> Owner:
    """The owner of JSON: the objects nearest to its top that name a customer decide."""
    level: list[Any] = [json]
    while level:
        objects = [list(one.items()) for one in level if isinstance(one, Mapping)]
        owners = {_named_by(subject, fields) for fields in objects} - {Owner.UNKNOWN}
        if owners:
            return owners.pop() if len(owners) == 1 else Owner.UNKNOWN
        level = [inner for one in level for inner in _inner(one)]
    return Owner.UNKNOWN


def redacted(
    subject: Person, json: Any, name: str = "", *, owner: Owner | None = None, is_detail_of: bool = False
) -> Any:
    """JSON without the person. `name` is that of the field it stands in, `owner` whose it is (by default, as it says).

    Numbers stay, so that sums still are what they were; but for the customer's own. `is_detail_of`: the field holds
    details of the person, so that no text in it stays.
    """
    owner = owner_of(subject, json) if owner is None else owner
    match json:
        case str():
            return redacted_text(subject, json, name, owner=owner, is_detail_of=is_detail_of)
        case Mapping():
            return _redacted_object(subject, json, owner=owner, is_detail_of=is_detail_of)
        case list() | tuple():
            return [redacted(subject, one, name, owner=owner, is_detail_of=is_detail_of) for one in json]
        case bool():
            return json
        case int() if is_customer_field(name) and subject.is_customer(json):
            return 0
        case _:
            return json


def redacted_text(subject: Person, text: str, name: str, *, owner: Owner, is_detail_of: bool = False) -> str:
    """A text of a field of this name without the person."""
    if (
        text == subject.pseudonym
        or subject.is_named_by(text)
        or (is_customer_field(name) and subject.is_customer(text))
    ):
        return subject.pseudonym
    if owner is Owner.PERSON and (subject.is_customer(text) or subject.is_other_name(text)):
        return subject.pseudonym
    if is_detail_of or subject.stands_in(text) or (owner is Owner.PERSON and not _stays(subject, text, name)):
        return ""
    return text


def redacted_fields(
    subject: Person, fields: Sequence[tuple[str, Any]], *, owner: Owner, is_detail_of: bool = False
) -> list[tuple[str, Any]]:
    """Names and values of one object without the person, in their order."""
    named = _named_by(subject, fields)
    if owner is not Owner.PERSON and named is not Owner.UNKNOWN:
        owner = named
    is_contacts = owner is Owner.UNKNOWN and any(
        is_contact(name) and isinstance(value, str) and subject.is_named_by(value) for name, value in fields
    )
    left = []
    for name, value in fields:
        is_hers = (owner is Owner.PERSON and is_personal(name)) or (is_contacts and is_detail(name))
        without = redacted(subject, value, name, owner=owner, is_detail_of=is_detail_of or is_hers)
        left.append(("" if subject.stands_in(name) else name, without))
    return left


def _redacted_object(subject: Person, json: Mapping[str, Any], *, owner: Owner, is_detail_of: bool) -> dict[str, Any]:
    name = _pair_name(json)
    if name is None:
        return dict(redacted_fields(subject, list(json.items()), owner=owner, is_detail_of=is_detail_of))
    [(_, value)] = redacted_fields(subject, [(name, json["value"])], owner=owner, is_detail_of=is_detail_of)
    return {key: redacted(subject, one, key, owner=Owner.ANOTHER) for key, one in json.items()} | {"value": value}


def _stays(subject: Person, text: str, name: str) -> bool:
    """Exemption of a text in the person's own data: no words about anybody, and none of the person's names."""
    return is_no_words(name, text) and not is_customer_field(name) and not subject.any_name_stands_in(text)


def _pair_name(json: Mapping[str, Any]) -> str | None:
    """Name of the field that an object is, such as `{"name": "street", "value": …}`; None for another object."""
    if frozenset(json) not in PAIRS:
        return None
    name = json.get("key", json.get("name"))
    return name if isinstance(name, str) else None


def _named_by(subject: Person, fields: Sequence[tuple[str, Any]]) -> Owner:
    """The owner of an object by the customer's ids in it, without the objects in it."""
    ids = [one for key, value in fields if is_customer_field(key) for one in _scalars(value)]
    if any(subject.is_customer(one) or one == subject.pseudonym for one in ids):
        return Owner.PERSON
    return Owner.ANOTHER if ids else Owner.UNKNOWN


def _scalars(value: Any) -> Iterator[str | int]:
    for one in value if isinstance(value, list | tuple) else (value,):
        if isinstance(one, str | int) and not isinstance(one, bool) and one != "":
            yield one


def _inner(json: Any) -> Sequence[Any]:
    if isinstance(json, Mapping):
        return list(json.values())
    return json if isinstance(json, list | tuple) else ()
