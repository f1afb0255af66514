"""Every kind of case that operators report has a page, in the words that a person searches for."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
QUESTIONS = DOCS / "questions.md"
ROW = re.compile(r"^\| (.+) \| \[[\w-]+\]\(([\w-]+\.md)#([\w-]+)\) \|$", re.MULTILINE)
ROWS = ROW.findall(QUESTIONS.read_text())

KINDS = {
    "one message of a batch": ["MaximumMessageSize", "BatchRequestTooLong", "stands alone"],
    "topics of the server": ["email.requested", "client_"],
    "what a 2xx is": ["2xx", "Content-Length|two lengths", "204"],
    "URLs as registered": ["byte for byte", "%2F"],
    "order": ["FIFO", "ordered"],
    "large answers": ["4 MiB", "hasMore", "RESOURCE_EXHAUSTED"],
    "what waits": ["pending", "throttled until", "reactivate", "redeliver"],
    "pauses": ["Retry-After", "429", "503"],
    "old HTTP": ["HTTP/1.0", "426"],
    "connections": ["DNS", "keep-alive", "408", "time-out"],
    "other scripts": ["UTF-8", "Cyrillic", "emoji"],
    "settings that cannot work": ["region", "keys with blanks"],
    "failing endpoints": ["circuit", "hammered|probe"],
    "byte-order marks": ["byte-order mark"],
    "queries": ["+02:00", "twice"],
    "orders that come again": ["duplicate points when an order is updated", "nameSpace"],
    "refunds": ["partial refund", "voided", "reopened"],
    "late orders": ["out of order", "updatedAt", "doubled"],
    "chains": ["loop", "allowance"],
    "loops through receivers": ["tracestate", "receiver"],
    "prices": ["currencies", "price drop"],
    "spend": ["JPY", "currencyCode", "never added"],
    "stock": ["place", "location_id", "back in stock"],
    "consent": ["unsubscribe", "withdrawn", "opted out"],
    "wishlists": ["two wishlists|last list"],
    "addresses": ["SMTPUTF8", "xn--", "umlauts"],
    "bulk mail": ["List-Unsubscribe-Post", "RFC 8058", "one click"],
    "imports": ["import", "createdAt", "campaign"],
    "two names": ["entityId", "entityRef"],
    "flapping stock": ["sent twice", "24"],
    "items of a mail": ["number_of_items_in_email"],
    "unknown keys": ["do not know", "refuse"],
    "redemptions of refunded orders": ["409", "redemption"],
    "reserved points": ["hold", "30 days"],
    "daylight saving": ["daylight saving", "fires"],
    "steps of cron": ["*/90"],
    "both day fields": ["day of the week"],
    "zones": ["localtime"],
    "erased customers": ["pseudonym", "404"],
    "states of shops": ["wc-refunded", "canceled", "completed"],
}
"""Kinds of cases, each with words that one section has."""


def sections(page: Path) -> dict[str, str]:
    """The sections of a page by the anchor of their heading, the whole page by that of its title."""
    text = page.read_text()
    found = {}
    for match in re.finditer(r"^(#+) (.+)$", text, re.MULTILINE):
        level, heading = len(match[1]), match[2]
        rest = text[match.start() :]
        end = re.search(rf"\n#{{1,{level}}} ", rest[1:])
        found[anchor(heading)] = rest[: end.start() + 1] if end else rest
    return found


def anchor(heading: str) -> str:
    """The anchor of a heading, as forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def has(section: str, words: str) -> bool:
    return any(each.lower() in " ".join(section.lower().split()) for each in words.split("|"))


def test_every_row_leads_to_a_section() -> None:
    assert len(ROWS) == QUESTIONS.read_text().count("](") - 2, "every row has the form that is read here"
    for _, page, target in ROWS:
        assert target in sections(DOCS / page), (page, target)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_page_with_the_words_that_are_searched_for(kind: str) -> None:
    listed = [sections(DOCS / page)[target] for _, page, target in ROWS]
    assert any(all(has(section, words) for words in KINDS[kind]) for section in listed), KINDS[kind]


def test_the_page_is_linked_where_people_begin() -> None:
    assert "docs/questions.md" in (DOCS.parent / "README.md").read_text()
