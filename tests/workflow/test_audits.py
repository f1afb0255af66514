"""Audits packed into one text a run, and ids that encode event and index and disclose neither."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings_server.workflow.attributes import Attribute
from tidings_server.workflow.audit_ids import AuditIds
from tidings_server.workflow.audits import Audit, AuditCategory, EventStatus, pack, timers, unpack

IDS = AuditIds(b"k" * 32)

seqs = st.integers(1, 2**48 - 1)
indexes = st.integers(0, 4_095)
records = st.builds(
    Audit,
    st.sampled_from(AuditCategory),
    st.text(max_size=5),
    st.sampled_from(EventStatus),
    st.integers(0, 2**53),
    st.lists(
        st.builds(Attribute, st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text(), st.just("X"))
    ).map(tuple),
)


@given(st.lists(records, max_size=5))
def test_records_are_unfolded_as_they_were_packed(audits: list[Audit]) -> None:
    assert unpack(pack(audits)) == audits


@given(seqs, indexes)
def test_an_audit_id_encodes_event_and_index(seq: int, index: int) -> None:
    audit_id = IDS.make(seq, index)
    assert IDS.read(audit_id) == (seq, index)
    parsed = UUID(audit_id)
    assert (parsed.version, parsed.variant, str(parsed)) == (8, "specified in RFC 4122", audit_id)


@given(seqs, indexes, st.integers(0, 127))
def test_a_forged_audit_id_decodes_to_nothing(seq: int, index: int, bit: int) -> None:
    forged = UUID(int=UUID(IDS.make(seq, index)).int ^ (1 << bit))
    assert IDS.read(str(forged)) is None
    assert AuditIds(b"q" * 32).read(IDS.make(seq, index)) is None


@pytest.mark.parametrize("text", ["", "76b97221-8be4-11e9-beb2-c187ba8970a", "05838ba2-7025-11eb-b493-0f90922e985a"])
def test_other_ids_are_not_those_of_records(text: str) -> None:
    assert IDS.read(text) is None


def test_an_id_has_one_spelling() -> None:
    assert IDS.read(IDS.make(7, 0).upper()) is None


def test_ids_of_consecutive_records_differ_widely() -> None:
    assert len({IDS.make(seq, 0)[:13] for seq in range(1, 200)}) == 199


def test_timers_are_printed_as_in_the_sample() -> None:
    assert timers(1613458987222_500, 1613458987329_000) == (
        Attribute("startTimer", 1613458987222, "STRING"),
        Attribute("stopTimer", 1613458987329, "STRING"),
    )
