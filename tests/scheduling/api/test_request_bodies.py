"""Bodies in XML and JSON: what has another shape than its field is refused with field, rule and shape, and no value."""

import json
from contextlib import suppress
from typing import Any

import pytest
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from tidings.scheduling.v1.accounts_pb2 import UserCredentials
from tidings.scheduling.v1.events_pb2 import ScheduledEvent
from tidings_server.platform.errors import InvalidInput, Violation
from tidings_server.rpc.xml_bodies import printed
from tidings_server.scheduling.api.request_bodies import fill
from tidings_server.scheduling.api.xml import ROOTS

SECRET = "hush-hush"
TYPES = "must be one of TIME, EVENT"
NUMBER = "must be a whole number of 32 bits"


def filled(message: Message, body: str | bytes, kind: str) -> Message:
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    fill(message, HttpBody(content_type=kind, data=data), root=ROOTS[message.DESCRIPTOR.name])
    return message


def in_xml(inner: str) -> Message:
    return filled(ScheduledEvent(), f"<scheduledEvent>{inner}</scheduledEvent>", "application/xml; charset=utf-8")


def in_json(values: Any) -> Message:
    return filled(ScheduledEvent(), values if isinstance(values, str) else json.dumps(values), "application/json")


def refusal(call: Any, body: Any) -> tuple[Violation, ...]:
    with pytest.raises(InvalidInput) as refused:
        call(body)
    assert SECRET not in str(refused.value)
    return refused.value.violations


@pytest.mark.parametrize(
    ("body", "violation"),
    [
        (f"<triggerType>{SECRET}</triggerType>", Violation("triggerType", TYPES, "string of 9 characters")),
        ("<triggerType/>", Violation("triggerType", TYPES, "string of 0 characters")),
        (
            "<triggerType>TIME</triggerType><triggerType>TIME</triggerType>",
            Violation("triggerType", TYPES, "a list of 2 items"),
        ),
        ("<triggerType><TIME/></triggerType>", Violation("triggerType", TYPES, "an object of 1 entry")),
        (f"<trigger>{SECRET}</trigger>", Violation("trigger", "must be an object", "string of 9 characters")),
        (
            "<trigger><cron>x</cron></trigger><trigger><cron>y</cron></trigger>",
            Violation("trigger", "must be an object", "a list of 2 items"),
        ),
        ("<createdName><b/></createdName>", Violation("createdName", "must be a text", "an object of 1 entry")),
        (f"<id>{SECRET}</id>", Violation("id", NUMBER, "string of 9 characters")),
        ("<id>4294967296</id>", Violation("id", NUMBER, "string of 10 characters")),
        ("<id>1</id><id>2</id>", Violation("id", NUMBER, "a list of 2 items")),
        ("<trigger_type>TIME</trigger_type><triggerType>TIME</triggerType>",
         Violation("triggerType", "is there twice in one object")),
        (f"<action><to>{SECRET}<b/></to></action>",
         Violation("action.to", "must have a text or elements, not both", "an object of 1 entry")),
        (f'<action><entry key="{SECRET} x">y<b/></entry></action>',
         Violation("action.a name", "must have a text or elements, not both", "an object of 1 entry")),
        (f'<trigger xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:nil="true">{SECRET}</trigger>',
         Violation("trigger", "must be empty where it is nil", "string of 9 characters")),
    ],
)  # fmt: skip
def test_an_element_of_another_shape(body: str, violation: Violation) -> None:
    assert refusal(in_xml, body) == (violation,)


@pytest.mark.parametrize(
    ("body", "violation"),
    [
        ({"triggerType": [SECRET]}, Violation("triggerType", TYPES, "a list of 1 item")),
        ({"triggerType": 1}, Violation("triggerType", TYPES, "a number")),
        ({"triggerType": True}, Violation("triggerType", TYPES, "true or false")),
        ({"trigger": [{}]}, Violation("trigger", "must be an object", "a list of 1 item")),
        ({"createdName": {SECRET: 1}}, Violation("createdName", "must be a text", "an object of 1 entry")),
        ({"id": 1.5}, Violation("id", NUMBER, "a number")),
        ({"id": True}, Violation("id", NUMBER, "true or false")),
        ('{"id":1,"id":2}', Violation("id", "is there twice in one object")),
        (f'{{"action":{{"{SECRET} x":1,"{SECRET} x":2}}}}', Violation("a name", "is there twice in one object")),
    ],
)
def test_a_member_of_another_shape(body: Any, violation: Violation) -> None:
    assert refusal(in_json, body) == (violation,)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{\n "id": }', "The body is not JSON: expecting value, at line 2, column 8."),
        (f"[{SECRET!r}]", "The body is not JSON: expecting value, at line 1, column 2."),
        ("[1, 2]", "The body must be an object, not a list of 2 items."),
        ("[" * 5_000, "The body is nested too deeply."),
    ],
)
def test_a_body_that_is_no_object_at_all(body: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        in_json(body)
    assert str(refused.value) == said


def test_every_misfit_is_named() -> None:
    found = refusal(in_xml, "<triggerType>x</triggerType><trigger>x</trigger><id>x</id>")
    assert [each.field for each in found] == ["id", "triggerType", "trigger"]


def test_what_fits_is_taken_and_unknown_names_are_ignored() -> None:
    message = in_xml("<id> 7 </id><triggerType> TIME </triggerType><trigger/><other><a/></other><createdName/>")
    assert message == ScheduledEvent(id=7, trigger_type=ScheduledEvent.TIME, trigger=Struct(), created_name="")
    assert in_json({"trigger_type": "TIME", "trigger": None, "other": [1]}) == ScheduledEvent(
        trigger_type=ScheduledEvent.TIME
    )


def test_the_parts_of_a_log_in() -> None:
    body = "<credentials><username>ada</username><username>ada</username><password><x/></password></credentials>"
    found = refusal(lambda text: filled(UserCredentials(), text, "text/xml"), body)
    assert [str(each) for each in found] == [
        "username: must be a text (got a list of 2 items)",
        "password: must be a text (got an object of 1 entry)",
    ]


_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_VALUES = st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner))
_NAMES = st.sampled_from([field.json_name for field in ScheduledEvent.DESCRIPTOR.fields]) | st.text(max_size=8)


@given(st.dictionaries(_NAMES, _VALUES, max_size=5))
def test_any_values_are_taken_or_refused(values: dict[str, Any]) -> None:
    for body in (json.dumps(values), json.dumps(values, ensure_ascii=False)):
        with suppress(InvalidInput):
            in_json(body)


@given(st.dictionaries(_NAMES, _VALUES, max_size=5))
def test_any_elements_are_taken_or_refused(values: dict[str, Any]) -> None:
    with suppress(InvalidInput):
        filled(ScheduledEvent(), printed("scheduledEvent", values), "application/xml")


@pytest.mark.parametrize(
    "body",
    [
        '{"createdName": "\\ud800"}',
        '{"trigger": {"\\ud800": 1}}',
        '{"action": {"to": ["\\udfff"]}}',
        '{"trigger": {"a": NaN}}',
        '{"trigger": {"a": 1e999}}',
        '{"trigger": {"a": ' + "9" * 400 + "}}",
        '{"trigger": {"a": ' + "9" * 5_000 + "}}",
        '{"id": ' + "9" * 5_000 + "}",
        "\ud800",
    ],
)
def test_values_that_json_has_and_messages_have_not(body: str) -> None:
    with pytest.raises(InvalidInput):
        in_json(body)
