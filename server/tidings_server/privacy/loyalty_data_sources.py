"""What loyalty holds of persons. Points and money stay, under the pseudonym: the books balance as before."""

import json
from typing import Final

from tidings_server.loyalty.store.tables import customer
from tidings_server.privacy.data_source import ColumnValues, DataSource, PersonalRow, json_text

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def _another_version(row: PersonalRow) -> ColumnValues:
    """So that whoever has read the old row does not write it back."""
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
