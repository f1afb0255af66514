"""Data sources of mail and the catalogue."""

import json
from typing import Final

from tidings_server.catalogue.store.tables import catalogue_customer, sent_notification, wishlist_item
from tidings_server.mail.store.tables import captured_mail
from tidings_server.privacy.data_source import DataSource, json_text

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)

CATALOGUE_DATA_SOURCES: Final = (
    DataSource(
        name="shop customers",
        table=catalogue_customer,
        key=("id",),
        customers=("id",),
        contacts=("email",),
        emptied=("first_name",),
    ),
    DataSource(name="wishes", table=wishlist_item, key=("customer_id", "item_id"), customers=("customer_id",)),
    DataSource(
        name="what was mailed",
        table=sent_notification,
        key=("customer_id", "item_id", "kind"),
        customers=("customer_id",),
    ),
    DataSource(
        name="mail",
        table=captured_mail,
        key=("key",),
        contacts=("recipient", "subject", "text", "html"),
        documents={"data": json_text(_ENCODER.encode, json.loads, "data")},
    ),
)
