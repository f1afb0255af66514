"""The part of the projection that some events are about, while they are folded into it."""

from collections.abc import Mapping

from tidings_server.catalogue.store.projection import Customer, Item, Key, Order, Product, Row, key_of


class State:
    """Rows by their keys: as they were read, then as the events leave them."""

    def __init__(self, found: Mapping[Key, Row]) -> None:
        self._rows = dict(found)
        self._changed: set[Key] = set()

    def has(self, key: Key) -> bool:
        return key in self._rows

    def put(self, row: Row) -> None:
        key = key_of(row)
        if self._rows.get(key) != row:
            self._rows[key] = row
            self._changed.add(key)

    def drop(self, key: Key) -> None:
        if self._rows.pop(key, None) is not None:
            self._changed.add(key)

    def customer(self, key: Key) -> Customer:
        """The customer, or a new one; likewise the others."""
        row = self._rows.get(key)
        return row if isinstance(row, Customer) else Customer(*key[1])

    def item(self, key: Key) -> Item:
        row = self._rows.get(key)
        return row if isinstance(row, Item) else Item(*key[1])

    def product(self, key: Key) -> Product:
        row = self._rows.get(key)
        return row if isinstance(row, Product) else Product(*key[1])

    def order(self, key: Key) -> Order:
        row = self._rows.get(key)
        return row if isinstance(row, Order) else Order(*key[1])

    def written(self) -> list[Row]:
        """The rows to be stored."""
        return [self._rows[key] for key in self._changed if key in self._rows]

    def gone(self) -> list[Key]:
        """The keys of rows to be removed; some may never have been stored."""
        return [key for key in self._changed if key not in self._rows]
