import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { answered, api } from "../api/client";
import { Empty, Result } from "../ui/feedback";
import { Chart } from "../ui/lazy_chart";
import { Page, Panel } from "../ui/page";
import { FIRST_EVENT } from "./events/first";
import { buckets, SPANS, type Span } from "./spans";
import { Health, Why } from "./subscriptions/health";
import { usePush } from "./subscriptions/names";

const PAGE = 500;

export default function Overview() {
  const [params, setParams] = useSearchParams();
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
      <Failing />
      <Failures />
    </Page>
  );
}

function Rates({ span }: { span: Span }) {
  const found = useQuery({
    queryKey: ["rates", span.name],
    queryFn: ({ signal }) => rates(span, signal),
    refetchInterval: 60_000,
  });
  return (
    <Result of={found}>
      {({ events, delivered, failed, expired, times }) => (
        <>
          <div className="tiles">
            <Tile name="Events in" value={sum(events)} />
            <Tile name="Delivered" value={sum(delivered)} />
            <Tile name="Failed attempts" value={sum(failed)} />
            <Tile name="Given up" value={sum(expired)} />
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
                  { name: "Events", values: events },
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

function Tile({ name, value }: { name: string; value: number }) {
  return (
    <div className="tile">
      <span className="soft">{name}</span>
      <b>{value.toLocaleString()}</b>
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
