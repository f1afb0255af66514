"""The guide to mail matches the server."""

from pathlib import Path
from typing import Any

import pytest

from tidings_server.catalogue.event_mapping import ENTITIES
from tidings_server.catalogue.store.wishlists import BACK_IN_STOCK, LOW_STOCK, PRICE_DROP, REMINDER
from tidings_server.delivery.message import NothingToSend
from tidings_server.mail.rendering import BUILTIN, MailRenderer
from tidings_server.mail.requests import EmailRequest
from tidings_server.mail.templates import RenderFailed

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/mail.md").read_text()
KINDS = (BACK_IN_STOCK, LOW_STOCK, PRICE_DROP, REMINDER)
ITEM = {
    "variant_id": "v",
    "product_id": "p",
    "name": "Lamp",
    "url": "https://shop.example/lamp",
    "image": "https://shop.example/lamp.png",
    "price": "9",
    "currency": "EUR",
    "old_price": "10",
    "quantity": "3",
}
OF_JOBS = {
    "notification": PRICE_DROP,
    "customer_id": "ada",
    "first_name": "Ada",
    "items": [ITEM],
    "item_count": 1,
    "utm_medium": "mail",
    "campaign_id": "c",
}
OF_REPORTS: dict[str, dict[str, Any]] = {
    "best_before": {
        "days": 3,
        "total": 1,
        "items": [{"id": "milk", "name": "Milk", "best_before": "2026-01-31", "quantity": "4"}],
    },
    "undelivered": {
        "days": 3,
        "total": 1,
        "orders": [{"id": "o-1", "created_at": "2026-01-01T00:00:00Z", "status": "NEW"}],
    },
}


def test_it_names_every_entity_kind_template_and_variable() -> None:
    for name in (*ENTITIES, *KINDS, *OF_JOBS, *ITEM, *OF_REPORTS["best_before"], *OF_REPORTS["undelivered"]):
        assert f"`{name}`" in GUIDE, name
    for path in BUILTIN.glob("[!_]*.subject.j2"):
        assert f"`{path.name.partition('.')[0]}`" in GUIDE, path.name


@pytest.mark.parametrize("kind", [kind.lower() for kind in KINDS])
def test_built_in_templates_of_jobs_name_customer_and_item(kind: str) -> None:
    mail = MailRenderer().render(EmailRequest(to="a@example.com", fallback=kind, data=OF_JOBS))
    assert "Lamp" in mail.subject
    for part in (mail.text, mail.html):
        assert all(text in part for text in ("Ada", "Lamp", "9 EUR", "https://shop.example/lamp"))
    several = OF_JOBS | {"item_count": 3}
    mail = MailRenderer().render(EmailRequest(to="a@example.com", fallback=kind, data=several))
    assert "3" in mail.subject
    assert "2 more" in mail.text
    assert "2 more" in mail.html


@pytest.mark.parametrize("kind", OF_REPORTS)
def test_built_in_reports_list_their_rows(kind: str) -> None:
    data = OF_REPORTS[kind]
    mail = MailRenderer().render(EmailRequest(to="a@example.com", fallback=kind, data=data))
    [listed] = data["orders"] if kind == "undelivered" else data["items"]
    assert all(str(value) in part for value in listed.values() for part in (mail.text, mail.html))
    assert "1 " in mail.subject


def test_an_operators_templates_come_first_and_data_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "d-1.html.j2").write_text("<b>{{ first_name }}</b>{% include 'foot.html.j2' %}")
    (tmp_path / "foot.html.j2").write_text("<i>{{ campaign_id }}</i>")
    (tmp_path / "reminder.txt.j2").write_text("Mine: {{ first_name }}")
    renderer = MailRenderer(tmp_path)
    data = OF_JOBS | {"first_name": "<Ada>", "items": [ITEM | {"name": "La\r\nmp"}]}
    made = renderer.render(EmailRequest(to="a@example.com", template_id="d-1", fallback="price_drop", data=data))
    assert (made.html, made.text) == ("<b>&lt;Ada&gt;</b><i>c</i>", "")
    assert made.subject == "La mp costs less now", "from the built-in one, on one line"
    assert renderer.render(EmailRequest(to="a@example.com", fallback="reminder", data=data)).text == "Mine: <Ada>"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("broken", "{{ nosuch"),
        ("private", "{{ ''.__class__.__mro__[1].__subclasses__() }}"),
        ("failing", "{{ 1 // 0 }}"),
        ("elsewhere", "{% include '../../etc/passwd' %}"),
    ],
)
def test_a_template_that_cannot_be_filled_fails_with_a_reason(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / f"{name}.txt.j2").write_text(f"Hi\n{text}")
    with pytest.raises(RenderFailed, match=r"line 2: [^\n]+\.\Z"):
        MailRenderer(tmp_path).render(EmailRequest(to="a@example.com", template_id=name))


@pytest.mark.parametrize("name", ["../mails", "_mail", ".hidden", "nosuch", "a/b"])
def test_an_unknown_template_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(RenderFailed, match="no such template"):
        MailRenderer(tmp_path).render(EmailRequest(to="a@example.com", template_id=name))


@pytest.mark.parametrize("captures", [False, True])
def test_a_mail_whose_contents_were_erased_is_none(captures: bool) -> None:
    """Someone may redeliver it: then it expires, and is not tried for two weeks."""
    with pytest.raises(NothingToSend):
        MailRenderer(captures=captures).render(EmailRequest(to="erased-t59l4uxs"))


def test_captured_mail_of_an_unknown_template_has_its_data() -> None:
    request = EmailRequest(to="a@example.com", template_id="d-1", data={"points": "5"})
    mail = MailRenderer(captures=True).render(request)
    assert (mail.subject, mail.text, mail.template_id, mail.data) == ("", "", "d-1", {"points": "5"})


def test_templates_of_a_mail_service_are_not_rendered() -> None:
    mail = MailRenderer(has_remote_templates=True).render(
        EmailRequest(to="a@example.com", template_id="d-1", fallback="price_drop", data=OF_JOBS)
    )
    assert (mail.subject, mail.text, mail.html, mail.data) == ("", "", "", OF_JOBS)
