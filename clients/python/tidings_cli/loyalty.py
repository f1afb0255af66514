"""`tidings rules` and `tidings customers` of the loyalty API."""

from typing import Annotated

import typer

from tidings.loyalty.v1 import backtests_pb2, customers_pb2, ledger_pb2
from tidings.loyalty.v1 import rules_pb2 as pb
from tidings.loyalty.v1.backtests_pb2_grpc import BacktestServiceStub
from tidings.loyalty.v1.customers_pb2_grpc import CustomerServiceStub
from tidings.loyalty.v1.ledger_pb2_grpc import LedgerServiceStub
from tidings.loyalty.v1.rules_pb2_grpc import RuleServiceStub
from tidings_cli.context import File, Limit, Yes, confirm, read_message, session_of

rules = typer.Typer(no_args_is_help=True, help="Which events of customers bring what (document 003).")
customers = typer.Typer(no_args_is_help=True, help="Customers of the loyalty scheme, and their points.")

RULE_COLUMNS = ("ruleId", "status", "assesses", "name", "changedAt")
CUSTOMER_COLUMNS = ("customerId", "balance", "pendingBalance", "emailAddress", "segments")
LEDGER_COLUMNS = ("bookedAt", "type", "points", "change", "balance", "eventId", "entryId")

Rule = Annotated[str, typer.Argument(help="Id of the rule.")]
Customer = Annotated[str, typer.Argument(help="Id of the customer.")]


@rules.command("put")
def put(
    context: typer.Context,
    rule: Annotated[str, typer.Argument(help="Id of the rule to replace; by default a new one is made.")] = "",
    *,
    file: File,
) -> None:
    """Make a rule, or replace one that is not active yet."""
    session = session_of(context)
    given = read_message(pb.Rule, file)
    if rule:
        made = session.call(RuleServiceStub, "UpdateRule", pb.UpdateRuleRequest(rule_id=rule, rule=given))
    else:
        made = session.call(RuleServiceStub, "CreateRule", pb.CreateRuleRequest(rule=given))
    session.printer.one(made)


@rules.command("list")
def list_rules(
    context: typer.Context,
    *,
    status: Annotated[str, typer.Option(help="CONFIGURE, TEST, ACTIVE, INACTIVE or ARCHIVED.")] = "",
    limit: Limit = 1_000,
) -> None:
    """List rules, oldest first."""
    session = session_of(context)
    found = session.pages(RuleServiceStub, "ListRules", pb.ListRulesRequest(status=status), "rules", limit=limit)
    session.printer.many(found, RULE_COLUMNS)


@rules.command("show")
def show_rule(context: typer.Context, rule: Rule) -> None:
    """Show a rule."""
    session = session_of(context)
    session.printer.one(session.call(RuleServiceStub, "GetRule", pb.GetRuleRequest(rule_id=rule)))


@rules.command("activate")
def activate(context: typer.Context, rule: Rule, *, yes: Yes = False) -> None:
    """Apply a rule from the next event on. It can no longer be changed."""
    confirm(f"Activate the rule {rule}? It can no longer be changed.", yes=yes)
    session = session_of(context)
    session.printer.one(session.call(RuleServiceStub, "ActivateRule", pb.ActivateRuleRequest(rule_id=rule)))


@rules.command("test")
def try_out(context: typer.Context, rule: Rule) -> None:
    """Assess a rule and record what it would bring, without applying it."""
    session = session_of(context)
    session.printer.one(session.call(RuleServiceStub, "TestRule", pb.TestRuleRequest(rule_id=rule)))


@rules.command("deactivate")
def deactivate(context: typer.Context, rule: Rule, *, yes: Yes = False) -> None:
    """Apply a rule no longer, for good."""
    confirm(f"Deactivate the rule {rule} for good?", yes=yes)
    session = session_of(context)
    session.printer.one(session.call(RuleServiceStub, "DeactivateRule", pb.DeactivateRuleRequest(rule_id=rule)))


@rules.command("archive")
def archive(context: typer.Context, rule: Rule, *, yes: Yes = False) -> None:
    """Put a rule away, for good."""
    confirm(f"Archive the rule {rule} for good?", yes=yes)
    session = session_of(context)
    session.printer.one(session.call(RuleServiceStub, "ArchiveRule", pb.ArchiveRuleRequest(rule_id=rule)))


@rules.command("backtest")
def backtest(
    context: typer.Context,
    rule: Rule,
    *,
    since: Annotated[str, typer.Option("--from", help="From when on, RFC 3339; by default from the first event.")] = "",
    until: Annotated[str, typer.Option("--to", help="Until when, RFC 3339; by default now.")] = "",
    examples: Annotated[int, typer.Option(min=0, max=100, help="Examples of matches to show.")] = 10,
) -> None:
    """Show what a rule would have brought in the past, and store nothing."""
    session = session_of(context)
    within = backtests_pb2.BacktestRange(to=until, examples=examples)
    setattr(within, "from", since)
    request = backtests_pb2.StreamBacktestRequest(rule_id=rule, range=within)
    last = backtests_pb2.Backtest()
    for response in session.connection.stream(BacktestServiceStub, "StreamBacktest", request):
        last = response.backtest
        session.printer.progress(
            f"{last.progress:.0%}: {last.events_matched:,} of {last.events_assessed:,} events match"
        )
    session.printer.end_progress()
    session.printer.one(last)


@customers.command("show")
def show_customer(context: typer.Context, customer: Customer) -> None:
    """Show a customer with the points that can be spent."""
    session = session_of(context)
    request = customers_pb2.GetCustomerRequest(customer_id=customer)
    session.printer.one(session.call(CustomerServiceStub, "GetCustomer", request))


@customers.command("list")
def list_customers(
    context: typer.Context,
    *,
    email: Annotated[str, typer.Option(help="Only the one with this e-mail address.")] = "",
    segment: Annotated[str, typer.Option(help="Only those in this segment.")] = "",
    limit: Limit = 100,
) -> None:
    """List customers in the order in which they came."""
    session = session_of(context)
    request = customers_pb2.ListCustomersRequest(email_address=email, segment=segment)
    found = session.pages(CustomerServiceStub, "ListCustomers", request, "customers", limit=limit)
    session.printer.many(found, CUSTOMER_COLUMNS)


@customers.command("ledger")
def ledger(context: typer.Context, customer: Customer, *, limit: Limit = 100) -> None:
    """List the entries of a customer's ledger of points, newest first."""
    session = session_of(context)
    request = ledger_pb2.ListEntriesRequest(customer_id=customer)
    found = session.pages(LedgerServiceStub, "ListEntries", request, "entries", limit=limit)
    session.printer.many(found, LEDGER_COLUMNS)
