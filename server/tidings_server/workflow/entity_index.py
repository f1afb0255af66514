"""The roster: entities of one retailer, found as events name them."""

from collections.abc import Iterable

from tidings_server.workflow.entities import Entity, Reference


class EntityIndex:
    """Entities by their names; what is put in takes the place of what had the same id."""

    def __init__(self, entities: Iterable[Entity] = ()) -> None:
        self._by_id: dict[tuple[str, str], Entity] = {}
        self._ids_by_ref: dict[tuple[str, str], str] = {}
        for entity in entities:
            self.put(entity)

    def find(self, name: Reference) -> Entity | None:
        """The entity of this kind and id, else of this kind and name for people; None when there is neither."""
        found = self._by_id.get((name.type, name.id)) if name.id else None
        if found is None and name.ref:
            found = self._by_id.get((name.type, self._ids_by_ref.get((name.type, name.ref), "")))
        return found

    def put(self, entity: Entity) -> None:
        self._by_id[entity.type, entity.id] = entity
        if entity.ref:
            self._ids_by_ref[entity.type, entity.ref] = entity.id
