"""In-memory rows of the projection while events are applied to them."""

from collections.abc import Mapping
from typing import Any, TypeVar

from tidings_server.catalogue.store.projection import (
    CatalogueCustomer,
    CatalogueItem,
    CatalogueKey,
    CatalogueOrder,
    CatalogueProduct,
    CatalogueRow,
    StockLevel,
    WishlistItem,
    key_of,
)

R = TypeVar("R", CatalogueCustomer, CatalogueItem, CatalogueProduct, CatalogueOrder, StockLevel, WishlistItem)


class ProjectionState:
    """Rows by key, first as they are stored, then as the events leave them."""

    def __init__(self, stored: Mapping[CatalogueKey, CatalogueRow]) -> None:
        self._rows = dict(stored)
        self._changed: set[CatalogueKey] = set()

    def has(self, key: CatalogueKey) -> bool:
        return key in self._rows

    def get(self, kind: type[R], *ids: Any) -> R:
        """The row of that table and primary key, or a new one with default values."""
        row = self._rows.get((kind, ids))
        return row if isinstance(row, kind) else kind(*ids)

    def put(self, row: CatalogueRow) -> None:
        key = key_of(row)
        if self._rows.get(key) != row:
            self._rows[key] = row
            self._changed.add(key)

    def delete(self, key: CatalogueKey) -> None:
        if self._rows.pop(key, None) is not None:
            self._changed.add(key)

    def upserts(self) -> list[CatalogueRow]:
        """Rows to be written."""
        return [self._rows[key] for key in self._changed if key in self._rows]

    def deletions(self) -> list[CatalogueKey]:
        """Keys of rows to be deleted; some may never have been stored."""
        return [key for key in self._changed if key not in self._rows]
