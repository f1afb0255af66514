"""What is handed to operators agrees with the code: alerts, runbooks, dashboards, the table of metrics."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import tidings_server.app
import tidings_server.jetstream.relay  # noqa: F401 - those of the extra
from tidings_server.platform.telemetry.metrics import REGISTRY

ROOT = Path(__file__).parents[2]
RULES = yaml.safe_load((ROOT / "deploy/prometheus/tidings.rules.yaml").read_text())["groups"][0]["rules"]
UNIT_TESTS = yaml.safe_load((ROOT / "deploy/prometheus/tidings.rules.test.yaml").read_text())["tests"]
DASHBOARDS = sorted((ROOT / "deploy/grafana").glob("*.json"))
OUTSIDE = {"up", "tidings_doctor_severity"}
"""Metrics that Prometheus and the doctor's text file bring."""


def known() -> dict[str, str]:
    """Help of every metric by the name that Prometheus shows, counters with their ending."""
    return {
        f"{family.name}_total" if family.type == "counter" else family.name: family.documentation
        for family in REGISTRY.collect()
    }


def used(expression: str) -> set[str]:
    """Names of metrics in an expression; of a histogram without the ending of its series."""
    without_labels = re.sub(r"\{[^}]*\}|\bby \([^)]*\)", "", expression)
    names = re.findall(r"\b(?:tidings|process)_\w+|\bup\b", without_labels)
    return {name.removesuffix("_bucket") for name in names}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_reads_metrics_that_are_there_and_has_a_runbook_and_two_tests(rule: dict[str, Any]) -> None:
    assert used(rule["expr"])
    assert used(rule["expr"]) <= set(known()) | OUTSIDE
    runbooks = (ROOT / "docs/runbooks.md").read_text()
    section = runbooks.partition(f"\n## {rule['alert']}\n")[2].partition("\n## ")[0]
    assert "**Means:**" in section
    assert "**Do:**" in section
    assert rule["annotations"]["runbook"] == f"docs/runbooks.md#{rule['alert'].lower()}"
    expected = [bool(each["alert_rule_test"][0]["exp_alerts"]) for each in UNIT_TESTS if rule["alert"] in each["name"]]
    assert sorted(expected) == [False, True], "one in which it fires, one in which it is silent"


def test_a_runbook_is_of_an_alert() -> None:
    titles = re.findall(r"^## (\w+)$", (ROOT / "docs/runbooks.md").read_text(), re.MULTILINE)
    assert titles == [rule["alert"] for rule in RULES]


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.name)
def test_a_dashboard_reads_metrics_that_are_there(path: Path) -> None:
    expressions = list(_expressions(json.loads(path.read_text())))
    assert expressions
    for expression in expressions:
        assert used(expression)
        assert used(expression) <= set(known()) | OUTSIDE


def test_the_table_of_metrics_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| \w+ \| [^|]*\| (.*) \|$", (ROOT / "docs/metrics.md").read_text(), re.MULTILINE)
    assert dict(rows) == {name: help_ for name, help_ in known().items() if name.startswith("tidings_")}


def _expressions(dashboard: dict[str, Any]) -> Iterator[str]:
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]
