"""Answers that are not paged, but may grow: they stay below what gRPC clients take, and say that there is more."""

from typing import Final

from tidings_server.loyalty.api.ledger import dump_statement
from tidings_server.loyalty.ledger.queries import Statement, StatementLot
from tidings_server.mail.message import MailMessage
from tidings_server.platform.scope import Scope
from tidings_server.scheduling.api.messages import dump_preview
from tidings_server.scheduling.scheduled_events.scheduled_events import ScheduledEventPreview
from tidings_server.workflow.api.trace import dump_trace
from tidings_server.workflow.attributes import Attribute
from tidings_server.workflow.audits import EventStatus
from tidings_server.workflow.entities import Reference
from tidings_server.workflow.event_queries import WorkflowRecord
from tidings_server.workflow.trace import Trace

CLIENTS_TAKE: Final = 4 << 20
LARGE: Final = "x" * 200_000
SCOPE: Final = Scope(1, "", "shop", "ann", "shop")


def test_a_statement_shows_the_lots_that_fit_and_the_sums_of_all() -> None:
    lot = StatementLot(points=1, earned_at_us=1, starts_at_us=1, expires_at_us=2, event_id="e" * 36)
    lots = (lot,) * 60_000
    statement = Statement(customer_id="c", at_us=1, balance=60_000, pending_balance=0, held=0, debt=0, lots=lots)
    shown = dump_statement(statement)
    assert shown.ByteSize() < CLIENTS_TAKE
    assert (shown.has_more, shown.balance) == (True, 60_000)
    assert 0 < len(shown.lots) < 60_000


def test_a_statement_that_is_whole_says_nothing_of_more() -> None:
    statement = Statement(customer_id="c", at_us=1, balance=0, pending_balance=0, held=0, debt=0, lots=())
    assert not dump_statement(statement).HasField("has_more")


def test_a_preview_shows_the_mails_that_fit() -> None:
    mails = [MailMessage(to=f"{number}@example.com", subject="s", text=LARGE, html="") for number in range(30)]
    shown = dump_preview(ScheduledEventPreview([], mails))
    assert shown.ByteSize() < CLIENTS_TAKE
    assert shown.has_more
    assert shown.mails[0].to == "0@example.com"
    assert not dump_preview(ScheduledEventPreview([], mails[:2])).HasField("has_more")


def test_a_trace_leaves_out_what_one_answer_has_no_room_for_and_says_where() -> None:
    """Two events that sent one small and twenty large ones: the small one is shown, and as many as fit."""
    small = Trace(_record("small"), sent=[Trace(_record("child"), place=1)], place=1)
    large = Trace(_record("large"), sent=[Trace(_record(f"child-{n}", LARGE), place=n) for n in range(1, 21)], place=2)
    shown = dump_trace(Trace(_record("top"), sent=[small, large]), SCOPE)
    assert shown.ByteSize() < CLIENTS_TAKE
    assert [each.event.id for each in shown.sent] == ["small", "large"]
    assert [each.event.id for each in shown.sent[0].sent] == ["child"]
    assert shown.sent[1].is_cut
    assert 0 < shown.sent[1].next == len(shown.sent[1].sent) < 20
    assert not shown.HasField("is_cut")


def _record(name: str, value: str = "") -> WorkflowRecord:
    about = Reference("ORDER", None, "o-1")
    facts = (Attribute("note", value, "STRING"),)
    return WorkflowRecord(
        name,
        name,
        "ORCHESTRATION",
        "1",
        "BUSINESS",
        (),
        about,
        about,
        EventStatus.COMPLETE,
        facts,
        None,
        "ann",
        1,
        "ann",
        1,
    )
