"""Findings of the doctor. Each has a number that never changes its meaning; docs/doctor.md lists them."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Severity(IntEnum):
    """Severity of a finding: OK says that a check was made, a PROBLEM wants something done now."""

    OK = 0
    WARNING = 1
    PROBLEM = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of one check. `fact` is what was seen, without secrets; `action` what to do, empty where nothing is."""

    number: str
    severity: Severity
    fact: str
    action: str = ""


TITLES: Final = {
    "T101": "Python and Tidings",
    "T102": "Settings that are none",
    "T103": "Permissions of the data directory",
    "T104": "Free disk space",
    "T105": "Open files",
    "T106": "Envoy",
    "T107": "Envoy's configuration",
    "T201": "Plain text on a public address",
    "T202": "Demo tenant on a public address",
    "T203": "Certificate",
    "T204": "Outgoing calls to private networks",
    "T205": "Bounds of a public address",
    "T301": "Database",
    "T302": "Schema",
    "T303": "Master key",
    "T304": "Clock",
    "T305": "Durability of PostgreSQL",
    "T306": "Version of PostgreSQL",
    "T401": "Lag of consumers",
    "T402": "Dead letters",
    "T403": "Overdue deliveries",
    "T404": "Failing endpoints",
    "T405": "Expired deliveries",
    "T406": "Workers",
    "T501": "Mail",
    "T502": "JetStream",
}


def ok(number: str, fact: str) -> Finding:
    """A check that found nothing wrong."""
    return Finding(number, Severity.OK, fact)


def warning(number: str, fact: str, action: str) -> Finding:
    """A finding that may be on purpose."""
    return Finding(number, Severity.WARNING, fact, action)


def problem(number: str, fact: str, action: str) -> Finding:
    """A finding that takes something away from users, or will."""
    return Finding(number, Severity.PROBLEM, fact, action)
