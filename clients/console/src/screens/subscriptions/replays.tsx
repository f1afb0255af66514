import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answered, api } from "../../api/client";
import { Badge, ErrorBox, Result } from "../../ui/feedback";
import { Field, texts } from "../../ui/form";
import { Panel, Time } from "../../ui/page";
import { More, usePages } from "../../ui/paged";

const LOOK_MS = 1_500;
const PAGE = 20;

interface Range {
  from: string;
  to?: string;
}

/** Sending a range of the log once more: a count before, progress after. */
export function Replays({ id }: { id: string }) {
  const [range, setRange] = useState<Range | null>(null);
  const queries = useQueryClient();
  const replay = useMutation({
    mutationFn: (body: Range) =>
      answered(api.POST("/api/v1/subscriptions/{id}/replay", { params: { path: { id } }, body })),
    onSuccess: () => {
      setRange(null);
      return queries.invalidateQueries({ queryKey: ["replays", id] });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    const { from = "", to = "" } = texts(event);
    if (from) setRange({ from: instant(from), ...(to ? { to: instant(to) } : {}) });
  };
  return (
    <Panel title="Replay a range">
      <form className="filters" onSubmit={submit} aria-label="Range to replay">
        <Field label="From">
          <input name="from" type="datetime-local" step="1" required />
        </Field>
        <Field label="To">
          <input name="to" type="datetime-local" step="1" />
        </Field>
        <div className="row">
          <button type="submit">Count</button>
        </div>
      </form>
      {range && (
        <p className="row">
          <Count id={id} range={range} />
          <button type="button" className="main" disabled={replay.isPending} onClick={() => replay.mutate(range)}>
            Replay
          </button>
        </p>
      )}
      {replay.isError && <ErrorBox error={replay.error} />}
      <Progress id={id} />
    </Panel>
  );
}

function instant(local: string): string {
  return new Date(local).toISOString();
}

/** How many events the subscription would get, its condition asked too. */
function Count({ id, range }: { id: string; range: Range }) {
  const counted = useQuery({
    queryKey: ["replay-preview", id, range],
    queryFn: ({ signal }) => {
      const params = { path: { id }, query: range };
      return answered(api.GET("/api/v1/subscriptions/{id}/replays/preview", { params, signal }));
    },
  });
  return (
    <Result of={counted}>
      {({ events = 0, isLowerBound }) => (
        <span>
          {events.toLocaleString()} {isLowerBound ? "events or more" : events === 1 ? "event" : "events"} of this range
          would be sent.
        </span>
      )}
    </Result>
  );
}

const TONES = { DONE: "good", FAILED: "bad", RUNNING: "warn" } as const;

function Progress({ id }: { id: string }) {
  const found = usePages(
    ["replays", id],
    (after, signal) => {
      const params = { path: { id }, query: { pageSize: PAGE, ...(after ? { after } : {}) } };
      return answered(api.GET("/api/v1/subscriptions/{id}/replays", { params, signal }));
    },
    (page) => page.replays,
    { refetchInterval: (rows) => (rows.some((one) => one.status === "RUNNING") ? LOOK_MS : false) },
  );
  return (
    <>
      <ul className="tree">
        {found.data?.map((one) => (
          <li key={one.id}>
            <span className="row">
              <Badge tone={TONES[one.status ?? "RUNNING"]}>{one.status?.toLowerCase()}</Badge>
              <Time at={one.createdAt} /> {one.reason}
            </span>
            {one.status === "RUNNING" && (
              <progress max={1} value={one.progress ?? 0} aria-label="Progress of the replay" />
            )}
          </li>
        ))}
      </ul>
      <More of={found} />
    </>
  );
}
