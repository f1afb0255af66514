"""Somebody else's thing answers as one that nobody has: every RPC, every REST path, every dialect."""

import json
import re
from collections.abc import Iterable, Iterator

import pytest

from tests.isolation.conftest import Land
from tests.isolation.contract import BINDINGS, OPERATORS, TENANTS, Binding, dialect_of
from tests.isolation.entries import ENTRIES, WALKED
from tests.isolation.entries.collector import MARK
from tests.isolation.entry import NOUN, Names, Walked
from tests.isolation.world import OWNER, Answer, refilled
from tidings_server.identity.api.middleware import is_audited
from tidings_server.rpc.method import rpc_of

BY_PATH: dict[str, Walked] = {path: walked for walked in WALKED for path in walked.by_path()}
TENANTS_BINDINGS = [each for each in BINDINGS if each.rpc.path in TENANTS]
OPERATORS_BINDINGS = [each for each in BINDINGS if each.rpc.path in OPERATORS]

_CHANGING = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r'|"(?:requestId|path|sharedSecret|signingSecret)": ?"[^"]*"'
)
"""What differs between any two answers: times, new ids and secrets, and the path that was asked for."""


def strangers(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Every RPC that names something, with everyone to whom that is unknown."""
    for path in paths:
        entry = ENTRIES.get(path)
        if isinstance(entry, Names):
            yield from ((path, stranger) for stranger in sorted(entry.strangers))


def test_every_rpc_of_a_tenant_is_walked() -> None:
    assert sorted(ENTRIES) == sorted(TENANTS)


def test_every_resource_type_is_created_and_has_an_unknown_id(land: Land) -> None:
    for walked in WALKED:
        nouns = set(NOUN.findall(str(dict(walked.entries))))
        assert nouns <= set(land.owned[walked.package])
        assert nouns <= set(walked.unknown)


@pytest.mark.parametrize("path", [path for path in TENANTS if not isinstance(ENTRIES.get(path), Names)])
def test_calls_without_a_resource_name_show_nothing_of_other_tenants(land: Land, path: str) -> None:
    """Before the walk, in which strangers make things of the same names."""
    assert MARK not in land.world.call("another tenant", path, ENTRIES[path].request).text


@pytest.mark.parametrize(("path", "stranger"), list(strangers(TENANTS)))
def test_an_rpc_answers_for_anothers_resource_as_for_an_unknown_one(land: Land, path: str, stranger: str) -> None:
    theirs, nobodys = ids_of(land, path)
    request = ENTRIES[path].request
    answers = [land.world.call(stranger, path, refilled(request, ids)) for ids in (theirs, nobodys)]
    assert same(answers[0], theirs) == same(answers[1], nobodys)


@pytest.mark.parametrize(
    ("binding", "stranger"),
    [(each, stranger) for each in TENANTS_BINDINGS for _, stranger in strangers([each.rpc.path])],
    ids=str,
)
def test_a_path_answers_for_anothers_resource_as_for_an_unknown_one(
    land: Land, binding: Binding, stranger: str
) -> None:
    theirs, nobodys = ids_of(land, binding.rpc.path)
    request = ENTRIES[binding.rpc.path].request
    answers = [land.world.ask(stranger, binding, refilled(request, ids)) for ids in (theirs, nobodys)]
    assert same(answers[0], theirs) == same(answers[1], nobodys)


def test_every_change_by_the_owner_is_on_the_audit_trail(land: Land) -> None:
    query = {"tenant_id": "demo", "page_size": 500}
    answer = land.world.call("operator", "/tidings.admin.v1.AuditService/ListAuditRecords", query)
    actions = {record["action"] for record in json.loads(answer.text)["records"]}
    changes = {path for path in land.world.used if is_audited(rpc_of(path))}
    assert changes
    assert changes <= actions


def test_after_the_walk_every_resource_is_still_its_owners(land: Land) -> None:
    """Runs after the walk: strangers were asked to change, stop and delete everything."""
    own = land.world.own
    for path in TENANTS:
        method = path.rpartition("/")[2]
        entry = ENTRIES[path]
        if isinstance(entry, Names) and method.startswith("Get"):
            found = own(path, refilled(entry.request, land.owned[BY_PATH[path].package]))
            assert found.get("isActive", found.get("active", True)), path


@pytest.mark.parametrize("path", OPERATORS)
def test_a_tenants_credentials_do_not_authenticate_as_the_operator(land: Land, path: str) -> None:
    for shown in (*land.world.callers[OWNER].values(), {}):
        assert land.world.call(OWNER, path, {}, headers=shown).status == "UNAUTHENTICATED"


@pytest.mark.parametrize("binding", OPERATORS_BINDINGS, ids=str)
def test_a_tenants_credentials_do_not_authenticate_as_the_operator_over_rest(land: Land, binding: Binding) -> None:
    for shown in (*land.world.callers[OWNER].values(), {}):
        assert land.world.ask(OWNER, binding, {}, headers=shown).status == "401"


@pytest.mark.parametrize("path", TENANTS)
def test_a_call_without_credentials_is_unauthenticated(land: Land, path: str) -> None:
    assert land.world.call(OWNER, path, {}, headers={}).status == "UNAUTHENTICATED"


@pytest.mark.parametrize("path", TENANTS)
def test_the_operators_token_is_unauthenticated_for_tenants_calls(land: Land, path: str) -> None:
    shown = land.world.callers["operator"]["operator"]
    assert land.world.call(OWNER, path, {}, headers=shown).status == "UNAUTHENTICATED"


def test_every_dialect_has_callers(land: Land) -> None:
    for path in TENANTS:
        assert dialect_of(path) in land.world.callers[OWNER]


def ids_of(land: Land, path: str) -> tuple[dict[str, str], dict[str, str]]:
    """The owner's ids for the nouns of the request, and ids that nobody has."""
    walked = BY_PATH[path]
    nouns = NOUN.findall(str(ENTRIES[path].request))
    return {noun: land.owned[walked.package][noun] for noun in nouns}, {noun: walked.unknown[noun] for noun in nouns}


def same(answer: Answer, ids: dict[str, str]) -> Answer:
    """The answer without what may differ: the ids that were asked for, times, new ids."""
    text = _CHANGING.sub("", answer.text)
    for shown in sorted(ids.values(), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(shown)}(?!\w)", "<id>", text)
    return Answer(answer.status, text)
