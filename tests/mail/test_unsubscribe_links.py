"""Links by which the recipients of mail opt out."""

import os

import pytest

from tidings_server.mail.unsubscribe_links import Recipient, UnsubscribeLinks
from tidings_server.platform.errors import NotFound
from tidings_server.platform.sealing import Sealer

ADA = Recipient(7, "catalogue", "gid://shop/Customer/1 ö")
SEALER = Sealer(os.urandom(32))


def test_a_link_names_its_recipient_to_this_server_alone() -> None:
    links = UnsubscribeLinks(SEALER, base_url="https://hub.example/")
    url = links.url(ADA, "ada@example.com")
    base, _, token = url.rpartition("/")
    assert base == "https://hub.example/api/v1/unsubscribe"
    assert links.recipient(token) == ADA
    with pytest.raises(NotFound):
        UnsubscribeLinks(Sealer(os.urandom(32)), base_url="https://hub.example").recipient(token)


@pytest.mark.parametrize("token", ["", "a", "é", "x" * 200, "AgAAAAE", "%00"])
def test_any_other_token_is_not_found(token: str) -> None:
    with pytest.raises(NotFound):
        UnsubscribeLinks(SEALER, base_url="http://h").recipient(token)


def test_an_operators_page_gets_customer_and_address() -> None:
    template = "https://shop.example/out?c={customer}&m={email}"
    links = UnsubscribeLinks(SEALER, base_url="http://h", template=template)
    expected = "https://shop.example/out?c=gid%3A%2F%2Fshop%2FCustomer%2F1%20%C3%B6&m=ada%2Bb%40example.com"
    assert links.url(ADA, "ada+b@example.com") == expected
