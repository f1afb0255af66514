"""The Scheduled Events API: a store's events; other stores of the tenant are strangers too."""

from collections.abc import Mapping
from typing import Any

from tests.isolation.entries.collector import MARK
from tests.isolation.entry import ANOTHER_STORE, ANOTHER_TENANT, Call, Entry, Names, NamesNothing, Walked

PACKAGE = "tidings.scheduling.v1"
SERVICE = "ScheduledEventService"
BOTH = frozenset({ANOTHER_TENANT, ANOTHER_STORE})
YEARLY: Mapping[str, Any] = {
    "trigger_type": "TIME",
    "trigger": {"cron": "0 3 1 1 *"},
    "action_type": "SEND_EMAIL",
    "action": {"to": "ada@example.com", "subject": MARK, "body": MARK},
}


def seed(call: Call, _receiver: str) -> Mapping[str, str]:
    """Ids count from 1 in each store: strangers, who make none, have no event of this number."""
    made = call(f"/{PACKAGE}.{SERVICE}/CreateScheduledEvent", {"event": YEARLY})
    return {"scheduled event": str(made["id"])}


ENTRIES: dict[str, Entry] = {
    f"{SERVICE}/ListScheduledEvents": NamesNothing("lists the caller's own"),
    f"{SERVICE}/ListUserScheduledEvents": NamesNothing("lists the caller's own"),
    f"{SERVICE}/CreateScheduledEvent": NamesNothing("ids are the server's to give"),
    f"{SERVICE}/DeleteScheduledEvent": Names({"id": "<scheduled event>"}, BOTH),
    f"{SERVICE}/PreviewScheduledEvent": Names({"id": "<scheduled event>"}, BOTH),
    f"{SERVICE}/RunScheduledEvent": Names({"id": "<scheduled event>"}, BOTH),
    f"{SERVICE}/ListScheduledEventRuns": Names({"id": "<scheduled event>"}, BOTH),
    "XmlService/GetXml": Names({"path": "v1/events/<scheduled event>/runs"}, BOTH),
    "XmlService/PostXml": Names({"path": "v1/events/<scheduled event>/run"}, BOTH),
    "XmlService/DeleteXml": Names({"path": "v1/events/<scheduled event>"}, BOTH),
}
UNKNOWN = {"scheduled event": "987654321"}
WALKED = Walked(PACKAGE, ENTRIES, seed, UNKNOWN)
