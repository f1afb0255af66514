import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link, useParams } from "react-router";
import { answered, api, posted } from "../../api/client";
import { useMay } from "../../app/rights";
import { sessions } from "../../app/session";
import { Deed } from "../../ui/deed";
import { Copy, Result } from "../../ui/feedback";
import { Json } from "../../ui/json";
import { Facts, Page, Panel, Time } from "../../ui/page";
import { asCurl, asGrpcurl, asPython, type Call, creation, type EventDocument, grpcServer, reading } from "./copies";
import { Deliveries } from "./deliveries";
import { readable } from "./payload";
import { Related } from "./related";
import { Trace } from "./trace";

export default function OneEvent() {
  const { id = "" } = useParams();
  const event = useQuery({
    queryKey: ["event", id],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/events/{id}/document", { params: { path: { id } }, signal })),
  });
  return (
    <Result title="Event" of={event}>
      {(found) => <Found event={found} />}
    </Result>
  );
}

function Found({ event }: { event: EventDocument }) {
  const { id = "" } = event;
  const made = useMemo(() => creation(event), [event]);
  return (
    <Page title="Event" about={<code>{id}</code>} deeds={made && <SendAgain event={event} />}>
      <Body event={event} call={made ?? reading(id)} />
      <Deliveries id={id} />
      <Trace id={id} />
      <Related id={id} />
    </Page>
  );
}

function SendAgain({ event }: { event: EventDocument }) {
  const mayWrite = useMay("events:write");
  if (!mayWrite) return null;
  return (
    <Deed label="Send again as a new event" run={() => sentAgain(event)} said={stored} changes={["events", "caused"]} />
  );
}

/** Sends such an event once more; the id that it has then. */
async function sentAgain(event: EventDocument): Promise<string> {
  const call = creation(event);
  if (!call) return "";
  const made = await posted(call.path, call.body);
  return String(made.id ?? call.body?.eventId ?? "");
}

function stored(id: string) {
  return (
    <>
      Stored as <Link to={`/events/${encodeURIComponent(id)}`}>{id}</Link>.
    </>
  );
}

function Body({ event, call }: { event: EventDocument; call: Call }) {
  const tenant = sessions().tenant?.tenant ?? "";
  const { origin, hostname } = window.location;
  const version = useQuery({
    queryKey: ["version"],
    queryFn: ({ signal }) => answered(api.GET("/version", { signal })),
    staleTime: Infinity,
  });
  const server = grpcServer(version.data, hostname);
  return (
    <Panel
      title="Body"
      deeds={
        <>
          <Copy label="Copy as curl" text={asCurl(call, origin, tenant)} />
          <Copy label="Copy as grpcurl" text={asGrpcurl(call, server, tenant)} />
          <Copy label="Copy as Python" text={asPython(call, server, tenant)} />
        </>
      }
    >
      <div className="stack">
        <Facts
          of={{
            Topic: event.topic,
            API: event.api?.toLowerCase(),
            Entity: [event.entityType, event.entityId ?? event.entityRef].filter(Boolean).join(" "),
            By: event.actor,
            Happened: <Time at={event.occurredAt} />,
            Stored: <Time at={event.recordedAt} />,
            "Correlation id": event.correlationId,
          }}
        />
        <Json value={readable(event)} label="Body of the event" />
      </div>
    </Panel>
  );
}
