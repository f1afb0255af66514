"""A call whose body the contract requires is refused without one: it must not mean a body of defaults."""

import pytest
from google.api import field_behavior_pb2

from tests.isolation.conftest import Land
from tests.isolation.contract import BINDINGS, OPERATORS, TENANTS, Binding, dialect_of
from tests.isolation.entries import ENTRIES
from tests.isolation.entry import NOUN
from tests.isolation.test_walk import BY_PATH
from tests.isolation.world import OPERATOR, OWNER


def requires_body(binding: Binding) -> bool:
    if binding.body in {"", "*"} or binding.verb == "PATCH":  # which changes nothing then
        return False
    field = binding.rpc.request.DESCRIPTOR.fields_by_name[binding.body]
    return field_behavior_pb2.REQUIRED in field.GetOptions().Extensions[field_behavior_pb2.field_behavior]


def path_of(land: Land, binding: Binding) -> str:
    """The path with the owner's ids."""
    path = binding.path
    named = ENTRIES[binding.rpc.path].request if binding.rpc.path in ENTRIES else {}
    for name in [part.partition("}")[0] for part in binding.path.split("{")[1:]]:
        text = str(named.get(name, "demo"))
        for noun in NOUN.findall(text):
            text = land.owned[BY_PATH[binding.rpc.path].package][noun]
        path = path.replace(f"{{{name}}}", text)
    return path


@pytest.mark.parametrize(
    "binding", [each for each in BINDINGS if requires_body(each) and each.rpc.path in {*TENANTS, *OPERATORS}], ids=str
)
def test_a_call_without_its_body_is_refused(land: Land, binding: Binding) -> None:
    caller = OWNER if binding.rpc.path in TENANTS else OPERATOR
    headers = land.world.callers[caller][dialect_of(binding.rpc.path)]
    answer = land.world._http(binding.verb, path_of(land, binding), headers, None)
    assert answer.status.startswith("4"), answer
