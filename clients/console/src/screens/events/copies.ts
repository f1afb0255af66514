import type { Schema } from "../../api/client";

export type EventDocument = Schema["collector.EventDocument"];
type Body = Record<string, unknown>;

/** A call of an API, by both of its names, with what is sent. */
export interface Call {
  /** Path of REST; what is sent is the body of a POST, none of a GET. */
  path: string;
  body?: Body;
  /** Package of the gRPC service, which is `EventService` in `events.proto` of all of them. */
  package: string;
  method: string;
  request: Body;
}

const LOYALTY: Readonly<Record<string, readonly [path: string, method: string]>> = {
  action: ["actions", "CreateAction"],
  basket: ["basket", "AssessBasket"],
  order: ["orders", "CreateOrder"],
  transaction: ["transactions", "CreateTransaction"],
  redemption: ["redemptions", "CreateRedemption"],
};

/** The call that makes such an event anew, with another id; undefined of events that the server makes itself. */
export function creation({ api, document }: Pick<EventDocument, "api" | "document">): Call | undefined {
  const sent = (document ?? {}) as Body;
  if (api === "COLLECTOR") return call("/api/v1/events", "tidings.collector.v1", "CreateEvent", resent(sent));
  if (api === "WORKFLOW" && sent.type === "ORCHESTRATION")
    return call("/api/v4.1/event/async", "tidings.orchestration.v1", "CreateAsyncEvent", workflowInput(sent));
  const block = api === "LOYALTY" ? Object.keys(LOYALTY).find((one) => one in sent) : undefined;
  const [path, method] = LOYALTY[block ?? ""] ?? [];
  if (!path || !method) return undefined;
  const { tenantId: _, ...rest } = sent;
  return call(`/api/v1/events/${path}`, "tidings.loyalty.v1", method, { ...rest, eventId: crypto.randomUUID() });
}

/** The call that reads the event. */
export function reading(id: string): Call {
  const path = `/api/v1/events/${encodeURIComponent(id)}/document`;
  return { path, package: "tidings.collector.v1", method: "GetEventDocument", request: { id } };
}

function call(path: string, from: string, method: string, body: Body): Call {
  return { path, body, package: from, method, request: { event: body } };
}

/** The fields that a caller sends; those that the server fills are left out, the id too: sent again it is a new event. */
export function resent(event: Body): Body {
  const { id: _, event_payload: payload, ...rest } = event;
  const kept = Object.entries((payload ?? {}) as Body).filter(([, value]) => value !== "");
  const given = Object.entries(rest).filter(([, value]) => value !== "");
  return { ...Object.fromEntries(given), ...(kept.length > 0 ? { event_payload: Object.fromEntries(kept) } : {}) };
}

function workflowInput({ name, retailerId, context, attributes }: Body): Body {
  const { sourceEvents: _, ...named } = (context ?? {}) as Body;
  const given = Object.entries({ name, retailerId, ...named, attributes });
  return Object.fromEntries(given.filter(([, value]) => value !== null && value !== undefined && value !== ""));
}

export function asCurl({ path, body }: Call, origin: string, tenant: string): string {
  const asked = `curl -s ${shell(origin + path)} -H "Authorization: Bearer $TOKEN" -H ${shell(`X-TWC-Tenant: ${tenant}`)}`;
  if (!body) return asked;
  return `${asked} \\\n  -H "Content-Type: application/json" -d ${shell(JSON.stringify(body))}`;
}

/** Address of the server's gRPC port, by the host name of this page, and whether it speaks TLS. */
export interface GrpcServer {
  address: string;
  hasTls: boolean;
}

export function grpcServer(version: Schema["admin.Version"] | undefined, hostname: string): GrpcServer {
  const host = hostname.includes(":") && !hostname.startsWith("[") ? `[${hostname}]` : hostname;
  return { address: `${host}:${version?.grpcPort ?? 50051}`, hasTls: version?.grpcTls ?? false };
}

export function asGrpcurl(of: Call, server: GrpcServer, tenant: string): string {
  const lines = [
    `grpcurl${server.hasTls ? "" : " -plaintext"} -H "authorization: Bearer $TOKEN" -H ${shell(`x-twc-tenant: ${tenant}`)}`,
    `  -d ${shell(JSON.stringify(of.request))}`,
    `  ${server.address} ${of.package}.EventService/${of.method}`,
  ];
  return lines.join(" \\\n");
}

export function asPython(of: Call, server: GrpcServer, tenant: string): string {
  const tls = server.hasTls ? ", channel_credentials=ssl_channel_credentials()" : "";
  return `import asyncio, json, os
from google.protobuf.json_format import ParseDict
from ${of.package} import events_pb2, events_pb2_grpc
from tidings_client import ClientCredentials, Tidings${server.hasTls ? "\nfrom grpc import ssl_channel_credentials" : ""}


async def main():
    credentials = ClientCredentials(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
    async with Tidings(${python(server.address)}, tenant=${python(tenant)}, credentials=credentials${tls}) as tidings:
        events = tidings.stub(events_pb2_grpc.EventServiceStub)
        request = ParseDict(json.loads(${python(JSON.stringify(of.request))}), events_pb2.${of.method}Request())
        print(await events.${of.method}(request))


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
