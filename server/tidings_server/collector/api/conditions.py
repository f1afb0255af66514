"""ConditionService: conditions of subscriptions checked as they are written. All of it is an Extension."""

from typing import Final

from tidings.collector.v1 import conditions_pb2 as pb
from tidings.collector.v1 import conditions_pb2_grpc
from tidings_server.expressions.compiler import ExpressionFault
from tidings_server.expressions.conditions import MAX_LENGTH, Conditions
from tidings_server.rpc.field_rules import FieldRules, text
from tidings_server.rpc.metadata import Context

_CHECK: Final = FieldRules(pb.CheckConditionRequest, {"condition": text(MAX_LENGTH)}, required=("condition",))


class ConditionService(conditions_pb2_grpc.ConditionServiceServicer):
    """Checks conditions; they are the same for all tenants."""

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions

    async def CheckCondition(self, request: pb.CheckConditionRequest, context: Context) -> pb.CheckConditionResponse:
        _CHECK.check(request)
        faults = self._conditions.faults(request.condition)
        return pb.CheckConditionResponse(is_valid=not faults, faults=map(_dump, faults))


def _dump(fault: ExpressionFault) -> pb.ConditionFault:
    if not fault.line:
        return pb.ConditionFault(message=fault.message)
    return pb.ConditionFault(message=fault.message, line=fault.line, column=fault.column)
