"""Links by which the recipients of mail opt out."""

import os

import pytest

from tidings_server.mail.consent import MailConsent
from tidings_server.mail.rendering import MailRenderer
from tidings_server.mail.requests import EmailRequest
from tidings_server.mail.unsubscribe_links import PLACEHOLDER, Recipient, UnsubscribeLinks
from tidings_server.platform.errors import NotFound
from tidings_server.platform.sealing import Sealer

ADA = Recipient(7, "catalogue", "gid://shop/Customer/1 ö")
SEALER = Sealer(os.urandom(32))


def test_a_link_names_its_recipient_to_this_server_alone() -> None:
    links = UnsubscribeLinks(SEALER, base_url=lambda: "https://hub.example")
    url = links.url(ADA, "ada@example.com")
    base, _, token = url.rpartition("/")
    assert base == "https://hub.example/api/v1/unsubscribe"
    assert links.recipient(token) == ADA
    with pytest.raises(NotFound):
        UnsubscribeLinks(Sealer(os.urandom(32)), base_url=lambda: "https://hub.example").recipient(token)


@pytest.mark.parametrize("token", ["", "a", "é", "x" * 200, "AgAAAAE", "%00"])
def test_any_other_token_is_not_found(token: str) -> None:
    with pytest.raises(NotFound):
        UnsubscribeLinks(SEALER, base_url=lambda: "http://h").recipient(token)


def test_an_operators_page_gets_customer_and_address() -> None:
    template = "https://shop.example/out?c={customer}&m={email}"
    links = UnsubscribeLinks(SEALER, base_url=lambda: "http://h", template=template)
    expected = "https://shop.example/out?c=gid%3A%2F%2Fshop%2FCustomer%2F1%20%C3%B6&m=ada%2Bb%40example.com"
    assert links.url(ADA, "ada+b@example.com") == expected


def test_a_mail_whose_text_is_written_before_gets_the_link_as_it_leaves() -> None:
    links = UnsubscribeLinks(
        SEALER, base_url=lambda: "http://h", template="https://shop.example/out?c={customer}&m={email}"
    )
    request = EmailRequest(
        to="ada@example.com",
        subject="Thanks",
        text=f"No more: {PLACEHOLDER}",
        html=f'<a href="{PLACEHOLDER}">no more</a>',
        consent=MailConsent("loyalty", "ada").packed(),
    )
    mail = MailRenderer(links=links).render_of(1, request)
    link = "https://shop.example/out?c=ada&m=ada%40example.com"
    assert (mail.text, mail.unsubscribe) == (f"No more: {link}", link)
    assert mail.html == '<a href="https://shop.example/out?c=ada&amp;m=ada%40example.com">no more</a>'
