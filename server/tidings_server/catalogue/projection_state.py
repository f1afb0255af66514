"""The part of the projection that some events are about, while they are folded into it."""

from collections.abc import Mapping

from tidings_server.catalogue.store.projection import (
    CatalogueCustomer,
    CatalogueItem,
    CatalogueKey,
    CatalogueOrder,
    CatalogueProduct,
    CatalogueRow,
    key_of,
)


class ProjectionState:
    """Rows by their keys: as they were read, then as the events leave them."""

    def __init__(self, found: Mapping[CatalogueKey, CatalogueRow]) -> None:
        self._rows = dict(found)
        self._changed: set[CatalogueKey] = set()

    def has(self, key: CatalogueKey) -> bool:
        return key in self._rows

    def put(self, row: CatalogueRow) -> None:
        key = key_of(row)
        if self._rows.get(key) != row:
            self._rows[key] = row
            self._changed.add(key)

    def drop(self, key: CatalogueKey) -> None:
        if self._rows.pop(key, None) is not None:
            self._changed.add(key)

    def customer(self, key: CatalogueKey) -> CatalogueCustomer:
        """The customer, or a new one; likewise the others."""
        row = self._rows.get(key)
        return row if isinstance(row, CatalogueCustomer) else CatalogueCustomer(*key[1])

    def item(self, key: CatalogueKey) -> CatalogueItem:
        row = self._rows.get(key)
        return row if isinstance(row, CatalogueItem) else CatalogueItem(*key[1])

    def product(self, key: CatalogueKey) -> CatalogueProduct:
        row = self._rows.get(key)
        return row if isinstance(row, CatalogueProduct) else CatalogueProduct(*key[1])

    def order(self, key: CatalogueKey) -> CatalogueOrder:
        row = self._rows.get(key)
        return row if isinstance(row, CatalogueOrder) else CatalogueOrder(*key[1])

    def written(self) -> list[CatalogueRow]:
        """The rows to be stored."""
        return [self._rows[key] for key in self._changed if key in self._rows]

    def gone(self) -> list[CatalogueKey]:
        """The keys of rows to be removed; some may never have been stored."""
        return [key for key in self._changed if key not in self._rows]
