import type { Schema } from "../../api/client";

type Input = Schema["collector.Event"];

/** The fields that a caller sends; those that the server fills are left out, the id too: sent again it is a new event. */
export function resent(event: Input): Record<string, unknown> {
  const { id: _, event_payload: payload, ...rest } = event;
  const kept = Object.entries(payload ?? {}).filter(([, value]) => value !== "");
  const given = Object.entries(rest).filter(([, value]) => value !== "");
  return { ...Object.fromEntries(given), ...(kept.length > 0 ? { event_payload: Object.fromEntries(kept) } : {}) };
}

export function asCurl(event: Input, origin: string, tenant: string): string {
  const lines = [
    `curl -s ${origin}/api/v1/events -H "Authorization: Bearer $TOKEN" -H ${shell(`X-TWC-Tenant: ${tenant}`)}`,
    `  -H "Content-Type: application/json" -d ${shell(JSON.stringify(resent(event)))}`,
  ];
  return lines.join(" \\\n");
}

export function asGrpcurl(event: Input, host: string, tenant: string): string {
  const lines = [
    `grpcurl -plaintext -H "authorization: Bearer $TOKEN" -H ${shell(`x-twc-tenant: ${tenant}`)}`,
    `  -d ${shell(JSON.stringify({ event: resent(event) }))}`,
    `  ${host}:50051 tidings.collector.v1.EventService/CreateEvent`,
  ];
  return lines.join(" \\\n");
}

export function asPython(event: Input, host: string, tenant: string): string {
  return `import asyncio, json, os
from google.protobuf.json_format import ParseDict
from tidings.collector.v1.events_pb2 import Event
from tidings_client import ClientCredentials, Tidings


async def main():
    credentials = ClientCredentials(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
    async with Tidings(${python(`${host}:50051`)}, tenant=${python(tenant)}, credentials=credentials) as tidings:
        event = ParseDict(json.loads(${python(JSON.stringify(resent(event)))}), Event())
        print(await tidings.events.create(event))


asyncio.run(main())`;
}

/** A text as one word of a POSIX shell. */
export function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A text as a literal of Python; JSON's is one, since it escapes what Python does. */
function python(text: string): string {
  return JSON.stringify(text);
}
