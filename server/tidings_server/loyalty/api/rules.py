"""The rule service, an extension of document 003."""

from typing import Final

from tidings.loyalty.v1 import rules_pb2 as pb
from tidings.loyalty.v1 import rules_pb2_grpc
from tidings_server.loyalty.api import rule_messages
from tidings_server.loyalty.api.paging import ListPaging
from tidings_server.loyalty.rules.lifecycle import RuleStatus
from tidings_server.loyalty.rules.rule import LoyaltyRule, RuleDraft
from tidings_server.loyalty.rules.rules import LoyaltyRules
from tidings_server.loyalty.store.assessments import ListedAssessment
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.platform.errors import InvalidInput
from tidings_server.platform.scope import Scope
from tidings_server.platform.worker_threads import off_loop
from tidings_server.rpc.metadata import Context, etag_of, if_match, scope_of, set_rest_response
from tidings_server.rpc.whole_numbers import int32

PATH: Final = "/api/v1/rules"


class RuleService(rules_pb2_grpc.RuleServiceServicer):
    """Rules of the caller's tenant."""

    def __init__(self, rules: LoyaltyRules, paging: ListPaging) -> None:
        self._rules = rules
        self._paging = paging

    async def CreateRule(self, request: pb.CreateRuleRequest, context: Context) -> pb.Rule:
        scope = scope_of(context)
        rule = await self._rules.create(scope, await _loaded(request.rule, scope))
        set_rest_response(context, location=f"{PATH}/{rule.id}", etag=etag_of(rule.version))
        return rule_messages.dump(rule)

    async def GetRule(self, request: pb.GetRuleRequest, context: Context) -> pb.Rule:
        return await _respond(await self._rules.get(scope_of(context), request.rule_id), context)

    async def UpdateRule(self, request: pb.UpdateRuleRequest, context: Context) -> pb.Rule:
        scope, versions = scope_of(context), if_match(context)
        draft = await _loaded(request.rule, scope)
        if request.rule.rule_id not in ("", request.rule_id):
            raise InvalidInput.of("ruleId", "must be the one in the path, or absent")
        return await _respond(await self._rules.update(scope, request.rule_id, draft, if_match=versions), context)

    async def ListRules(self, request: pb.ListRulesRequest, context: Context) -> pb.ListRulesResponse:
        scope = scope_of(context)
        page_request = self._paging.request(scope, request)
        status = status_of(request.status)
        found = await self._rules.list(scope, after=page_request.start, limit=page_request.size + 1, status=status)
        page = self._paging.cut(
            scope, found, size=page_request.size, key=lambda rule: rule.key, dump=rule_messages.dump
        )
        return pb.ListRulesResponse(rules=page.messages, next=page.next)

    async def TestRule(self, request: pb.TestRuleRequest, context: Context) -> pb.Rule:
        return await self._transition(request.rule_id, RuleStatus.TEST, context)

    async def ActivateRule(self, request: pb.ActivateRuleRequest, context: Context) -> pb.Rule:
        return await self._transition(request.rule_id, RuleStatus.ACTIVE, context)

    async def DeactivateRule(self, request: pb.DeactivateRuleRequest, context: Context) -> pb.Rule:
        return await self._transition(request.rule_id, RuleStatus.INACTIVE, context)

    async def ArchiveRule(self, request: pb.ArchiveRuleRequest, context: Context) -> pb.Rule:
        return await self._transition(request.rule_id, RuleStatus.ARCHIVED, context)

    async def ListAssessments(self, request: pb.ListAssessmentsRequest, context: Context) -> pb.ListAssessmentsResponse:
        scope = scope_of(context)
        page_request = self._paging.request(scope, request)
        found = await self._rules.assessments(
            scope, request.rule_id, before=page_request.before, limit=page_request.size + 1
        )
        page = self._paging.cut(
            scope, found, size=page_request.size, key=lambda assessment: assessment.event_seq, dump=_dump_assessment
        )
        return pb.ListAssessmentsResponse(assessments=page.messages, next=page.next)

    async def _transition(self, rule_id: str, status: RuleStatus, context: Context) -> pb.Rule:
        rule = await self._rules.transition(scope_of(context), rule_id, status, if_match=if_match(context))
        return await _respond(rule, context)


def status_of(text: str) -> RuleStatus | None:
    """The state that a list is filtered by; None for all. Raises InvalidInput."""
    if text and text not in RuleStatus.__members__:
        raise InvalidInput.of("status", f"must be one of {', '.join(RuleStatus.__members__)}")
    return RuleStatus[text] if text else None


async def _loaded(rule: pb.Rule, scope: Scope) -> RuleDraft:
    """The draft of a rule, which may have tens of thousands of fulfilments before it is refused."""
    return await off_loop(lambda: rule_messages.load(rule), tenant=scope.tenant, size=rule.ByteSize())


async def _respond(rule: LoyaltyRule, context: Context) -> pb.Rule:
    set_rest_response(context, etag=etag_of(rule.version))
    return rule_messages.dump(rule)


def _dump_assessment(assessment: ListedAssessment) -> pb.Assessment:
    return pb.Assessment(
        event_id=assessment.event_id,
        customer_id=assessment.customer_id,
        assessed_at=rfc3339_ms(assessment.assessed_at),
        is_test=assessment.is_test,
        points=int32(assessment.points),
    )
