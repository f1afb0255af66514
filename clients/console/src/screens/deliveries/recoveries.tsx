import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { useMay } from "../../app/rights";
import { Deed } from "../../ui/deed";
import { Badge, ErrorBox, Result, type Tone } from "../../ui/feedback";
import { Field, texts } from "../../ui/form";
import { Panel, Time } from "../../ui/page";
import { More, usePages } from "../../ui/paged";
import { same, useSubscriptionNames } from "../subscriptions/names";

type Recovery = Schema["collector.Recovery"];

interface Wanted {
  since: string;
  until?: string;
  subscriptionId?: string;
}

const LOOK_MS = 1_500;
const PAGE = 20;
const TONES: Record<string, Tone> = { DONE: "good", CANCELLED: "", QUEUEING: "warn", SENDING: "warn" };
const OUTCOMES: Record<string, Tone> = { DELIVERED: "good", FAILED: "bad", PENDING: "warn" };

/** Sending again all that was given up in a time: a count before, progress after, and the outcome of each. */
export function Recoveries({ subscriptions }: { subscriptions: readonly { id: string; name: string }[] }) {
  const [wanted, setWanted] = useState<Wanted>();
  const only = subscriptions.length === 1 ? subscriptions[0]?.id : undefined;
  const queries = useQueryClient();
  const begin = useMutation({
    mutationFn: (body: Wanted) => answered(api.POST("/api/v1/recoveries", { body: body as never })),
    onSuccess: () => {
      setWanted(undefined);
      return queries.invalidateQueries({ queryKey: ["recoveries"] });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    const { since = "", until = "", subscriptionId = "" } = texts(event);
    if (!since) return;
    const whole = { since: new Date(since).toISOString() };
    const more = until ? { until: new Date(until).toISOString() } : {};
    setWanted({ ...whole, ...more, ...(subscriptionId ? { subscriptionId } : {}) });
  };
  return (
    <Panel title="Send again what was given up">
      {useMay("subscriptions:write") && (
        <form className="filters" aria-label="What to send again" onSubmit={submit}>
          <Field label="Given up since">
            <input name="since" type="datetime-local" step="1" required />
          </Field>
          <Field label="Until">
            <input name="until" type="datetime-local" step="1" />
          </Field>
          <Field label="Of">
            <select name="subscriptionId">
              {!only && <option value="">every subscription</option>}
              {subscriptions.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </select>
          </Field>
          <div className="row">
            <button type="submit">Count</button>
          </div>
        </form>
      )}
      {wanted && <Preview of={wanted} isBusy={begin.isPending} onBegin={() => begin.mutate(wanted)} />}
      {begin.isError && <ErrorBox error={begin.error} />}
      <Begun only={only} />
    </Panel>
  );
}

function Preview({ of, isBusy, onBegin }: { of: Wanted; isBusy: boolean; onBegin: () => void }) {
  const found = useQuery({
    queryKey: ["recovery-preview", of],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/recoveries/preview", { params: { query: of }, signal })),
  });
  return (
    <Result of={found}>
      {({ deliveries = 0, isLowerBound, byError = [] }) => (
        <section aria-label="What would be sent again" className="stack">
          <p className="row">
            <b>
              {deliveries.toLocaleString()}
              {isLowerBound && " or more"} {deliveries === 1 ? "delivery was" : "deliveries were"} given up.
            </b>
            {deliveries > 0 && (
              <button type="button" className="main" disabled={isBusy} onClick={onBegin}>
                Send all of these again
              </button>
            )}
          </p>
          <ul>
            {byError.map((one) => (
              <li key={`${one.errorType}${one.httpStatus}`}>
                {one.deliveries?.toLocaleString()} by {one.errorType || "no attempt"} {one.httpStatus}
              </li>
            ))}
          </ul>
        </section>
      )}
    </Result>
  );
}

function Begun({ only }: { only: string | undefined }) {
  const found = usePages(
    ["recoveries"],
    (after, signal) => {
      const params = { query: { pageSize: PAGE, ...(after ? { after } : {}) } };
      return answered(api.GET("/api/v1/recoveries", { params, signal }));
    },
    (page) => page.recoveries,
    { refetchInterval: (rows) => (rows.some(isRunning) ? LOOK_MS : false) },
  );
  const all = found.data ?? [];
  const recoveries = only ? all.filter((one) => same(one.subscriptionId, only)) : all;
  return (
    <div className="stack">
      {recoveries.map((one) => (
        <One key={one.id} of={one} />
      ))}
      <More of={found} />
    </div>
  );
}

function isRunning(of: Recovery): boolean {
  return of.state === "QUEUEING" || of.state === "SENDING";
}

function One({ of }: { of: Recovery }) {
  const [isOpen, setIsOpen] = useState(false);
  const named = useSubscriptionNames();
  const mayWrite = useMay("subscriptions:write");
  const { id = "", state = "", queued = 0, pending = 0, expected = 0, subscriptionId } = of;
  const ended = queued - pending;
  return (
    <div>
      <div className="row">
        <Badge tone={TONES[state] ?? ""}>{state.toLowerCase()}</Badge>
        <Time at={of.createdAt} />
        <span>{subscriptionId ? named(subscriptionId).name : "every subscription"}</span>
        <span className="soft">
          {of.delivered} delivered, {of.failed} failed again, {of.cancelled} cancelled, {pending} on their way
        </span>
        <button type="button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          Outcomes
        </button>
        {isRunning(of) && mayWrite && (
          <Deed
            label="Cancel"
            run={() => answered(api.POST("/api/v1/recoveries/{id}/cancel", { params: { path: { id } } }))}
            changes={["recoveries"]}
          />
        )}
      </div>
      {isRunning(of) && (
        <progress max={Math.max(1, expected, queued)} value={ended} aria-label="Progress of the recovery" />
      )}
      {isOpen && <Items id={id} isRunning={isRunning(of)} />}
    </div>
  );
}

function Items({ id, isRunning }: { id: string; isRunning: boolean }) {
  const found = usePages(
    ["recovery-items", id],
    (after, signal) => {
      const params = { path: { id }, query: after ? { after } : {} };
      return answered(api.GET("/api/v1/recoveries/{id}/items", { params, signal }));
    },
    (page) => page.items,
    { refetchInterval: () => (isRunning ? LOOK_MS : false) },
  );
  return (
    <Result of={found}>
      {(items) => (
        <>
          <ul className="tree">
            {items.map((one) => (
              <li key={one.deliveryId}>
                <span className="row">
                  <Badge tone={OUTCOMES[one.outcome ?? ""] ?? ""}>{one.outcome?.toLowerCase()}</Badge>
                  <Link to={`/events/${encodeURIComponent(one.eventId ?? "")}`}>{one.eventId}</Link>
                  <span className="soft">
                    {one.attempts} attempts {one.reason}
                  </span>
                </span>
              </li>
            ))}
          </ul>
          <More of={found} />
        </>
      )}
    </Result>
  );
}
