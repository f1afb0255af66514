import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { answered, api, type Schema } from "../api/client";
import { useSessions } from "../app/session";
import { Badge, Empty, Result } from "../ui/feedback";
import { Chart } from "../ui/lazy_chart";
import { Page, Panel, Time } from "../ui/page";
import { bytes } from "../ui/units";
import { FIRST_EVENT } from "./events/first";
import { buckets, SPANS, type Span } from "./spans";
import { useBacklogs } from "./subscriptions/backlogs";
import { Health, Why } from "./subscriptions/health";
import { usePush, useSubscriptionNames } from "./subscriptions/names";

const PAGE = 500;
const LOOK_MS = 60_000;
const STATE_MS = 5_000;

export default function Overview() {
  const [params, setParams] = useSearchParams();
  const { operator } = useSessions();
  const span = SPANS.find((one) => one.name === params.get("last")) ?? (SPANS[1] as Span);
  return (
    <Page
      title="Overview"
      deeds={SPANS.map((one) => (
        <button key={one.name} type="button" aria-pressed={one === span} onClick={() => setParams({ last: one.name })}>
          Last {one.name}
        </button>
      ))}
    >
      <Rates span={span} />
      <div className="grid">
        <Failing />
        <Waiting />
      </div>
      {operator && <ServerState />}
      <Failures />
    </Page>
  );
}

function Rates({ span }: { span: Span }) {
  const found = useQuery({
    queryKey: ["rates", span.name],
    queryFn: ({ signal }) => rates(span, signal),
    refetchInterval: LOOK_MS,
  });
  return (
    <Result of={found}>
      {({ events, delivered, failed, expired, times }) => (
        <>
          <div className="tiles">
            <Tile name="Events in" value={sum(events).toLocaleString()} />
            <Tile name="Delivered" value={sum(delivered).toLocaleString()} />
            <Tile name="Failed attempts" value={sum(failed).toLocaleString()} />
            <Tile name="Given up" value={sum(expired).toLocaleString()} />
          </div>
          {sum(events) === 0 ? (
            <Empty title="Nothing happened in this time" paste={FIRST_EVENT}>
              Send an event, with a token in $AUTH and the tenant in $TENANT:
            </Empty>
          ) : (
            <Panel title={span.step === "DAY" ? "By day" : "By hour"}>
              <Chart
                times={times}
                lines={[
                  { name: "Events in", values: events },
                  { name: "Delivered", values: delivered },
                  { name: "Failed attempts", values: failed },
                ]}
              />
            </Panel>
          )}
        </>
      )}
    </Result>
  );
}

async function rates(span: Span, signal: AbortSignal) {
  const { from, times } = buckets(span, Date.now());
  const query = { from: new Date(from).toISOString(), step: span.step, total: true, pageSize: PAGE };
  const [events, deliveries] = await Promise.all([
    answered(api.GET("/api/v1/metrics/events", { params: { query }, signal })),
    answered(api.GET("/api/v1/metrics/deliveries", { params: { query }, signal })),
  ]);
  const line = <T extends { at?: string }>(counts: readonly T[] | undefined, value: (one: T) => unknown) =>
    times.map((time) =>
      (counts ?? [])
        .filter((one) => Date.parse(one.at ?? "") / 1000 === time)
        .reduce((all, one) => all + Number(value(one) ?? 0), 0),
    );
  return {
    times,
    events: line(events.counts, (one) => one.events),
    delivered: line(deliveries.counts, (one) => one.delivered),
    failed: line(deliveries.counts, (one) => one.failed),
    expired: line(deliveries.counts, (one) => one.expired),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}

function Tile({ name, value }: { name: string; value: string }) {
  return (
    <div className="tile">
      <span className="soft">{name}</span>
      <b>{value}</b>
    </div>
  );
}

function Failing() {
  const push = usePush();
  return (
    <Panel title="Endpoints in trouble">
      <Result of={push}>
        {(found) => {
          const troubled = found.filter((one) => one.failingSince || one.pausedUntil || !one.isActive);
          if (found.length === 0)
            return (
              <p>
                There is no webhook yet. <Link to="/subscriptions/new">Make one</Link>.
              </p>
            );
          if (troubled.length === 0) return <p>All {found.length} webhooks are well.</p>;
          return troubled.map((one) => (
            <p className="row" key={one.id}>
              <Health of={one} />
              <Link to={`/subscriptions/push/${one.id}`}>{one.endpoint}</Link>
              <span className="soft">
                <Why of={one} />
              </span>
            </p>
          ));
        }}
      </Result>
    </Panel>
  );
}

/** What waits to be delivered, by subscription. */
function Waiting() {
  const found = useBacklogs(LOOK_MS);
  const named = useSubscriptionNames();
  return (
    <Panel title="Waiting to be delivered">
      <Result of={found}>
        {(backlogs) => {
          const waiting = backlogs.filter((one) => one.pending);
          if (waiting.length === 0) return <p>Nothing waits.</p>;
          return (
            <table>
              <tbody>
                {waiting.map((one) => (
                  <tr key={one.subscriptionId}>
                    <td>
                      <Link to={named(one.subscriptionId ?? "").path}>{named(one.subscriptionId ?? "").name}</Link>
                    </td>
                    <td className="number">
                      {one.pending?.toLocaleString()}
                      {one.isLowerBound && " or more"}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          );
        }}
      </Result>
    </Panel>
  );
}

/** Lag of each consumer, storage and dead letters: of the whole server, for its operator. */
function ServerState() {
  const found = useQuery({
    queryKey: ["server-state"],
    queryFn: ({ signal }) => answered(api.GET("/admin/v1/state", { signal })),
    refetchInterval: STATE_MS,
  });
  return (
    <Panel title="The server">
      <Result of={found}>
        {({ consumers = [], storage }) => {
          const parked = consumers.reduce((all, one) => all + (one.parked ?? 0), 0);
          return (
            <div className="stack">
              <div className="tiles">
                <Tile name="Stored" value={bytes(storage?.usedBytes)} />
                {storage?.freeBytes && <Tile name="Left on the disk" value={bytes(storage.freeBytes)} />}
                <Tile name="Dead letters" value={parked.toLocaleString()} />
              </div>
              {storage?.isLow && <p className="notice bad">The disk is nearly full: events are refused.</p>}
              {parked > 0 && (
                <p>
                  <Link to="/tenants">Retry the dead letters</Link>
                </p>
              )}
              <Consumers of={consumers} />
            </div>
          );
        }}
      </Result>
    </Panel>
  );
}

function Consumers({ of }: { of: readonly Schema["admin.ConsumerState"][] }) {
  return (
    <section className="scroll" aria-label="Lag of each consumer">
      <table aria-label="Consumers of the log">
        <thead>
          <tr>
            <th>Consumer</th>
            <th className="number">Events behind</th>
            <th>Since</th>
            <th className="number">Retrying</th>
            <th className="number">Dead letters</th>
          </tr>
        </thead>
        <tbody>
          {of.map((one) => (
            <tr key={one.name}>
              <td>{one.name}</td>
              <td className="number">{one.lag ? <Badge tone="warn">{one.lag.toLocaleString()}</Badge> : "0"}</td>
              <td>{one.behindSince ? <Time at={one.behindSince} /> : "up to date"}</td>
              <td className="number">{one.retrying?.toLocaleString()}</td>
              <td className="number">{one.parked?.toLocaleString()}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Failures() {
  const found = useQuery({
    queryKey: ["failures"],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/failures", { params: { query: { pageSize: 5 } }, signal })),
  });
  const failures = found.data?.failures ?? [];
  if (failures.length === 0) return null;
  return (
    <Panel title="Rewards that failed">
      {failures.map((one) => (
        <p key={one.eventId}>
          <Link to={`/events/${one.eventId}`}>{one.message}</Link>
        </p>
      ))}
    </Panel>
  );
}
