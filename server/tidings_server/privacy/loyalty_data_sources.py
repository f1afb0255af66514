"""Data sources of loyalty. Points and money stay, under the pseudonym: the ledger balances as before."""

import json
from typing import Final

from tidings_server.loyalty.store.tables import customer
from tidings_server.privacy.data_source import ColumnValues, DataSource, PersonalRow, json_text

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def _another_version(row: PersonalRow) -> ColumnValues:
    """Next version of a row, so that a writer with the old one does not write it back."""
    return {"version": row["version"] + 1}


LOYALTY_DATA_SOURCES: Final = (
    DataSource(
        name="loyalty customers",
        table=customer,
        key=("key",),
        customers=("id",),
        contacts=("email", "external_reference"),
        documents={"profile": json_text(_ENCODER.encode, json.loads, "profile")},
        derived=_another_version,
    ),
)
