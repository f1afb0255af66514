"""Baseline of REST ingest: the same endpoint as one would write it with FastAPI and SQLAlchemy.

One process of uvicorn, a session and a commit for each request, SQLite as durable as the server's. It verifies a token
of the same kind and remembers it as the server does, checks the tenant header, validates the same fields and writes the
same columns under the same indexes into a copy of the same log.
"""

import asyncio
import binascii
import hashlib
import socket
import time
from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal
from uuid import uuid4

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy import MetaData, event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from tests.bench.processes import given_job, say
from tidings_server.storage.log import tables
from tidings_server.storage.log.records import Api

LIMIT_S = 900.0
CLAIMS = jwt.JWTClaimsRegistry(exp={"essential": True}, tenant={"essential": True})


class Base(DeclarativeBase):
    """The mapped classes of this application."""


class EventRow(Base):
    """An event of the log."""

    __table__ = tables.event.to_metadata(MetaData())


EventRow.__table__.c.seq.autoincrement = True


def _base64(text: str) -> str:
    try:
        b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    return text


Name = Annotated[str, Field(max_length=1_024)]
Packed = Annotated[str, AfterValidator(_base64)]


class PayloadBody(BaseModel):
    base64_encoded_fault_json: Packed = ""
    base64_encoded_payload_json: Packed = ""
    entity_id: Name = ""
    key_attributes: Annotated[dict[Annotated[str, Field(max_length=128)], Name], Field(max_length=256)] = {}
    operation: Literal["BULK_UPDATE", "BULK_CREATE", "CREATE", "READ", "DELETE", "UPDATE"] | None = None


class EventBody(BaseModel):
    entity_id: Name = ""
    entity_name: Annotated[str, Field(max_length=128)] = ""
    event_payload: PayloadBody = PayloadBody()
    event_source: Literal["SYSTEM", "CONNECTOR", "APPLICATION", "SERVERLESS"] | None = None
    event_type: Literal["ENTITY_EVENT", "SYSTEM_EVENT", "FAULT", "WARNING", "ORDER", "CUSTOMER", "PRODUCT", "OTHER"]
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:~-]{0,128}$")] = ""


async def session_of(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.sessions() as session:
        yield session


def caller(
    request: Request, authorization: Annotated[str, Header()], x_twc_tenant: Annotated[str, Header()]
) -> dict[str, Any]:
    """The claims of a good token whose tenant is the header's."""
    digest = hashlib.sha256(authorization.encode()).digest()
    verified: dict[bytes, dict[str, Any]] = request.app.state.verified
    claims = verified.get(digest)
    if claims is None or claims["exp"] < time.time():
        claims = verified[digest] = _verified(authorization.removeprefix("Bearer "), request.app.state.key)
    if claims["tenant"] != x_twc_tenant:
        raise HTTPException(403, "another tenant's token")
    return claims


def _verified(token: str, key: ECKey) -> dict[str, Any]:
    try:
        claims = jwt.decode(token, key, algorithms=["ES256"]).claims
        CLAIMS.validate(claims)
    except (JoseError, ValueError) as error:
        raise HTTPException(401, "bad token") from error
    return dict(claims)


app = FastAPI()


@app.post("/api/v1/events", status_code=201)
async def create_event(
    body: EventBody,
    session: Annotated[AsyncSession, Depends(session_of)],
    claims: Annotated[dict[str, Any], Depends(caller)],
) -> EventBody:
    row = _row(body, claims)
    session.add(row)
    try:
        await session.commit()
    except IntegrityError as error:
        await session.rollback()
        repeated = {name: getattr(row, name) for name in ("tenant_id", "api", "event_id", "body_hash")}
        if (await session.scalars(select(EventRow).filter_by(**repeated))).first() is None:
            raise HTTPException(409, "this id is taken") from error
    return body


def _row(body: EventBody, claims: dict[str, Any]) -> EventRow:
    sent = body.model_dump_json().encode()
    body.id = body.id or str(uuid4())
    now_us = time.time_ns() // 1_000
    return EventRow(
        tenant_id=claims["number"],
        api=int(Api.COLLECTOR),
        event_id=body.id,
        topic=f"{body.entity_name.lower()}.created",
        entity_type=body.entity_name,
        entity_id=body.entity_id,
        name=body.entity_name,
        type=body.event_type,
        source=body.event_source,
        actor=claims["sub"],
        correlation_id=body.event_payload.key_attributes.get("correlationId"),
        hops=0,
        occurred_at=now_us,
        recorded_at=now_us,
        body_hash=hashlib.sha256(sent).digest(),
        body=body.model_dump_json().encode(),
    )


async def main() -> None:
    """Job: database, key (a P-256 JWK), pool_size (connections). Answers its port."""
    job = given_job(limit_s=LIMIT_S)
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{job['database']}", pool_size=job["pool_size"], max_overflow=0, pool_timeout=60
    )
    event.listen(engine.sync_engine, "connect", _durable)
    app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
    app.state.verified = {}
    app.state.key = ECKey.import_key(job["key"])
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    say({"port": listening.getsockname()[1]})
    await server.serve(sockets=[listening])
    await engine.dispose()


def _durable(connection: Any, _record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


if __name__ == "__main__":
    asyncio.run(main())
