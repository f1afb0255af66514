"""Output of the doctor: text for people, JSON for programs, and Prometheus' text format for a node exporter."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tidings_server import __version__
from tidings_server.doctor.findings import TITLES, Finding, Severity

_MARKS: Final = {Severity.OK: "ok      ", Severity.WARNING: "WARNING ", Severity.PROBLEM: "PROBLEM "}


def as_text(findings: Sequence[Finding]) -> str:
    """A line a finding, what to do below it, and the sum."""
    lines = []
    for each in findings:
        lines.append(f"{_MARKS[each.severity]} {each.number}  {TITLES[each.number]}: {each.fact}")
        if each.action:
            lines.append(f"{'':16}{each.action}")
    problems, warnings, passed = (
        sum(each.severity is severity for each in findings) for severity in reversed(Severity)
    )
    lines.append(f"\n{problems} problems, {warnings} warnings, {passed} checks passed.")
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    """An object with the version and `findings`, each with number, title, severity, fact and action."""
    listed = [
        {
            "number": each.number,
            "title": TITLES[each.number],
            "severity": each.severity.name,
            "fact": each.fact,
            "action": each.action,
        }
        for each in findings
    ]
    return json.dumps({"version": __version__, "findings": listed}, indent=2)


def as_prometheus(findings: Sequence[Finding]) -> str:
    """A gauge by number: the worst severity, 0 ok, 1 warning, 2 problem. Facts are left out: they change."""
    worst: dict[str, int] = {}
    for each in findings:
        worst[each.number] = max(worst.get(each.number, 0), each.severity)
    lines = [
        "# HELP tidings_doctor_severity Worst finding of a check: 0 ok, 1 warning, 2 problem.",
        "# TYPE tidings_doctor_severity gauge",
    ]
    lines += [
        f'tidings_doctor_severity{{number="{number}",title="{TITLES[number]}"}} {severity}'
        for number, severity in worst.items()
    ]
    return "\n".join(lines)


FORMATS: Final[Mapping[str, Callable[[Sequence[Finding]], str]]] = {
    "text": as_text,
    "json": as_json,
    "prometheus": as_prometheus,
}
