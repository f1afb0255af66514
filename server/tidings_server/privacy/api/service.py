"""Data of persons, for the operator."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

from google.api.httpbody_pb2 import HttpBody

from tidings.admin.v1 import persons_pb2 as pb
from tidings.admin.v1.persons_pb2_grpc import PersonServiceServicer
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.privacy.erasures import ExportedRow, Persons
from tidings_server.privacy.store.persons import StoredErasure
from tidings_server.rpc.metadata import Context, begin_stream, scope_of, set_rest_response

JSON_LINES = "application/x-ndjson"


class PersonService(PersonServiceServicer):
    """Exports and erases the data of persons."""

    def __init__(self, persons: Persons) -> None:
        self._persons = persons

    async def ExportPerson(self, request: pb.ExportPersonRequest, context: Context) -> AsyncIterator[HttpBody]:
        person, rows = request.person, 0
        found = self._persons.export(request.tenant_id, customer_ids=person.customer_ids, contacts=person.contacts)
        await begin_stream(context)
        async for one in found:
            rows += 1
            yield _line(_shown(one))
        yield _line({"end": {"rows": rows}})

    async def ErasePerson(self, request: pb.ErasePersonRequest, context: Context) -> pb.Erasure:
        person = request.person
        begun = await self._persons.erase(
            request.tenant_id,
            customer_ids=person.customer_ids,
            contacts=person.contacts,
            erasure_id=scope_of(context).reserved_id,
        )
        set_rest_response(context, location=f"/admin/v1/tenants/{request.tenant_id}/erasures/{begun.id}")
        return _message(begun)

    async def GetErasure(self, request: pb.GetErasureRequest, context: Context) -> pb.Erasure:
        return _message(await self._persons.get(request.tenant_id, request.id))


def _shown(found: ExportedRow) -> dict[str, Any]:
    return {"holding": found.data_source, "values": found.values}


def _line(values: dict[str, Any]) -> HttpBody:
    line = json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=_text)
    return HttpBody(content_type=JSON_LINES, data=f"{line}\n".encode())


def _text(value: object) -> str:
    """Text of a value that JSON has no form for: bytes in base64, others as `str`."""
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _message(stored: StoredErasure) -> pb.Erasure:
    return pb.Erasure(
        id=stored.id,
        state=pb.Erasure.State.Value(stored.state),
        pseudonym=stored.pseudonym,
        changed=stored.changed,
        created_at=rfc3339_ms(stored.created_at),
        finished_at=None if stored.finished_at is None else rfc3339_ms(stored.finished_at),
    )
