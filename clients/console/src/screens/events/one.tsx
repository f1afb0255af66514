import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { useMay } from "../../app/rights";
import { sessions } from "../../app/session";
import { Deed } from "../../ui/deed";
import { Copy, Result } from "../../ui/feedback";
import { Json } from "../../ui/json";
import { Facts, Page, Panel } from "../../ui/page";
import { asCurl, asGrpcurl, asPython, resent } from "./copies";
import { Deliveries } from "./deliveries";
import { body } from "./payload";
import { Related } from "./related";
import { Trace } from "./trace";

export default function OneEvent() {
  const { id = "" } = useParams();
  const mayWrite = useMay("events:write");
  const event = useQuery({
    queryKey: ["event", id],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/events/{id}", { params: { path: { id } }, signal })),
  });
  return (
    <Page title="Event" about={<code>{id}</code>} deeds={event.data && mayWrite && <SendAgain event={event.data} />}>
      <Result of={event}>{(found) => <Body event={found} />}</Result>
      <Deliveries id={id} />
      <Trace id={id} />
      <Related id={id} />
    </Page>
  );
}

function SendAgain({ event }: { event: Schema["collector.Event"] }) {
  const send = () => answered(api.POST("/api/v1/events", { body: resent(event) as Schema["collector.EventInput"] }));
  return (
    <Deed label="Send again as a new event" run={send} said={(made) => `Stored as ${made.id}.`} changes={["events"]} />
  );
}

function Body({ event }: { event: Schema["collector.Event"] }) {
  const tenant = sessions().tenant?.tenant ?? "";
  const { origin, hostname } = window.location;
  return (
    <Panel
      title="Body"
      deeds={
        <>
          <Copy label="Copy as curl" text={asCurl(event, origin, tenant)} />
          <Copy label="Copy as grpcurl" text={asGrpcurl(event, hostname, tenant)} />
          <Copy label="Copy as Python" text={asPython(event, hostname, tenant)} />
        </>
      }
    >
      <div className="stack">
        <Facts
          of={{
            Entity: `${event.entity_name ?? ""} ${event.entity_id ?? ""}`,
            Type: event.event_type,
            Source: event.event_source,
            Operation: event.event_payload?.operation,
          }}
        />
        <Json value={body(event)} label="Body of the event" />
      </div>
    </Panel>
  );
}
