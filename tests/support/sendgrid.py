"""SendGrid's `POST /v3/mail/send` as its page documents it, for a receiver to speak."""

import json
from typing import Any

from tests.support.receiver import Answer, Received

PATH = "/v3/mail/send"
KEY = "SG.test-key"


def sendgrid(request: Received) -> Answer:
    """202 with an id for what the page allows; 401 and 400 in its form for the rest."""
    if request.headers.get("Authorization") != f"Bearer {KEY}":
        return _errors(401, "The provided authorization grant is invalid, expired, or revoked", None)
    if request.method != "POST" or request.headers.get("Content-Type", "").partition(";")[0] != "application/json":
        return _errors(400, "Content-Type should be application/json.", None)
    message = json.loads(request.body)
    if wrong := _wrong(message):
        return _errors(400, *wrong)
    return Answer(202, headers={"X-Message-Id": "14c5d75ce93.dfd.64b469"})


def _wrong(message: dict[str, Any]) -> tuple[str, str] | None:
    """The first rule of the page that a message breaks, and the field."""
    people = message.get("personalizations") or []
    to = [each for person in people for each in person.get("to") or [{}]]
    parts = message.get("content") or [{}]
    kinds = [part.get("type") for part in parts]
    by_template = "template_id" in message
    rules = {
        "personalizations": 1 <= len(people) <= 1_000,
        "personalizations.0.to.0.email": all("@" in each.get("email", "") for each in to),
        "from.email": "@" in message.get("from", {}).get("email", ""),
        "subject": by_template or bool(message.get("subject")),
        "content.0.type": by_template or kinds in (["text/plain"], ["text/html"], ["text/plain", "text/html"]),
        "content.0.value": by_template or all(part.get("value") for part in parts),
    }
    return next((("This field is not as it must be.", field) for field, holds in rules.items() if not holds), None)


def _errors(status: int, message: str, field: str | None) -> Answer:
    body = {"errors": [{"message": message, "field": field, "help": None}]}
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
