"""Documents of events of every API, as that API prints them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tidings.collector.v1 import events_pb2 as pb
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.platform.errors import NotFound
from tidings_server.platform.scope import Scope
from tidings_server.rpc.json_values import value_of
from tidings_server.storage.log.records import Api, StoredEvent

DocumentReader = Callable[[StoredEvent, Scope], Mapping[str, Any]]
"""Reads the document of one API's event as a JSON object, as the caller's tenant sees it."""

DocumentReaders = Mapping[Api, DocumentReader]

APIS: Final[Mapping[pb.EventDocument.Api.ValueType, tuple[Api, ...]]] = {
    pb.EventDocument.COLLECTOR: (Api.COLLECTOR, Api.PUSH),
    pb.EventDocument.WORKFLOW: (Api.ORCHESTRATION,),
    pb.EventDocument.LOYALTY: (Api.LOYALTY,),
    pb.EventDocument.SCHEDULING: (Api.SCHEDULING,),
    pb.EventDocument.OPERATION: (Api.OPERATION,),
}
"""APIs of the log by their name in the contract."""

_NAMES: Final = {api: name for name, apis in APIS.items() for api in apis}


def check_visible(event: StoredEvent, scope: Scope) -> None:
    """Raises NotFound for an event of another site or retailer than the caller's."""
    is_of_retailer = event.api != Api.ORCHESTRATION or scope.retailer_id in (None, event.retailer_id)
    if scope.site_id not in (None, event.site_id) or not is_of_retailer:
        raise NotFound("There is no such event.")


def dump_document(event: StoredEvent, scope: Scope, readers: DocumentReaders) -> pb.EventDocument:
    """The envelope of an event, and its document."""
    return pb.EventDocument(
        id=event.event_id,
        api=_NAMES[Api(event.api)],
        topic=event.topic,
        entity_type=event.entity_type,
        entity_id=event.entity_id,
        entity_ref=event.entity_ref,
        actor=event.actor,
        correlation_id=event.correlation_id,
        occurred_at=rfc3339_ms(event.occurred_at),
        recorded_at=rfc3339_ms(event.recorded_at),
        hops=event.hops,
        document=value_of(readers[Api(event.api)](event, scope)),
    )
