"""The doctor's findings, for the operator."""

from tidings.admin.v1 import doctor_pb2 as pb
from tidings.admin.v1.doctor_pb2_grpc import DoctorServiceServicer
from tidings_server.doctor.examination import Examinations
from tidings_server.doctor.findings import TITLES, Finding, Severity
from tidings_server.rpc.metadata import Context

_SEVERITIES = {
    Severity.OK: pb.Finding.OK,
    Severity.WARNING: pb.Finding.WARNING,
    Severity.PROBLEM: pb.Finding.PROBLEM,
}


class DoctorService(DoctorServiceServicer):
    """Examines the installation of this process."""

    def __init__(self, examinations: Examinations) -> None:
        self._examinations = examinations

    async def GetDiagnosis(self, request: pb.GetDiagnosisRequest, context: Context) -> pb.Diagnosis:
        findings = await self._examinations.findings()
        worst = max(each.severity for each in findings)
        return pb.Diagnosis(findings=map(_message, findings), worst=_SEVERITIES[worst])


def _message(found: Finding) -> pb.Finding:
    return pb.Finding(
        number=found.number,
        title=TITLES[found.number],
        severity=_SEVERITIES[found.severity],
        fact=found.fact,
        action=found.action,
    )
