"""Every field that holds a secret says so in the contract: printers and loggers of any language leave it out."""

import re

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from tests.isolation.contract import METHODS
from tidings.options.v1 import options_pb2

SECRET = re.compile(r"secret|password|token|api_?key|passphrase|private")
NOT_SECRET = re.compile(r"token_type$|_until$|_claim$|^x_api_key_name$")


def messages() -> list[Descriptor]:
    """Every message that a call sends or answers, the nested ones included."""
    found: dict[str, Descriptor] = {}
    waiting = [message for method in METHODS for message in (method.input_type, method.output_type)]
    while waiting:
        message = waiting.pop()
        if message.full_name.startswith("tidings.") and message.full_name not in found:
            found[message.full_name] = message
            waiting += [field.message_type for field in message.fields if field.message_type]
    return [found[name] for name in sorted(found)]


FIELDS = [field for message in messages() for field in message.fields if field.type == FieldDescriptor.TYPE_STRING]
NAMED = [field for field in FIELDS if SECRET.search(field.name) and not NOT_SECRET.search(field.name)]


@pytest.mark.parametrize("field", NAMED, ids=lambda field: str(field.full_name))
def test_a_field_that_is_named_as_a_secret_is_marked_as_one(field: FieldDescriptor) -> None:
    assert field.GetOptions().Extensions[options_pb2.sensitive]


def test_some_fields_are_secret() -> None:
    assert {field.name for field in NAMED} >= {"client_secret", "password", "access_secret", "shared_secret", "secret"}
