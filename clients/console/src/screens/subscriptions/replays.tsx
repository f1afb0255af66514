import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answered, api, type Schema } from "../../api/client";
import { Badge, ErrorBox, Result } from "../../ui/feedback";
import { Field, texts } from "../../ui/form";
import { Panel, Time } from "../../ui/page";
import { filterText } from "../events/filters";

const LOOK_MS = 1_500;

interface Range {
  from: string;
  to: string;
}

/** Sending a range of the log once more: a count before, progress after. */
export function Replays({ id, topics }: { id: string; topics: readonly string[] }) {
  const [range, setRange] = useState<Range | null>(null);
  const queries = useQueryClient();
  const replay = useMutation({
    mutationFn: ({ from, to }: Range) => {
      const body = { from: new Date(from).toISOString(), ...(to ? { to: new Date(to).toISOString() } : {}) };
      return answered(api.POST("/api/v1/subscriptions/{id}/replay", { params: { path: { id } }, body }));
    },
    onSuccess: () => {
      setRange(null);
      return queries.invalidateQueries({ queryKey: ["replays", id] });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    const { from = "", to = "" } = texts(event);
    if (from) setRange({ from, to });
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
          <Count topics={topics} range={range} />
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

/** How many events of its topics lie in the range; a condition may let fewer through. */
function Count({ topics, range }: { topics: readonly string[]; range: Range }) {
  const counted = useQuery({
    queryKey: ["count", topics, range],
    queryFn: async ({ signal }) => {
      const counts = await Promise.all((topics.length ? topics : ["*"]).map((topic) => count(topic, range, signal)));
      return counts.reduce((sum, one) => sum + one, 0);
    },
  });
  return <Result of={counted}>{(events) => <span>{events.toLocaleString()} events are in this range.</span>}</Result>;
}

async function count(topic: string, range: Range, signal: AbortSignal): Promise<number> {
  const filter = filterText({ topic, entity: "", correlation: "", ...range });
  const params = { query: { filter, pageSize: 1 } };
  const found = (await answered(api.GET("/api/event/pull", { params, signal }))) as Schema["push.EventCollection"];
  return found.totalCount ?? 0;
}

const TONES = { DONE: "good", FAILED: "bad", RUNNING: "warn" } as const;

function Progress({ id }: { id: string }) {
  const found = useQuery({
    queryKey: ["replays", id],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/v1/subscriptions/{id}/replays", { params: { path: { id } }, signal })),
    refetchInterval: (query) => (query.state.data?.replays?.some((one) => one.status === "RUNNING") ? LOOK_MS : false),
  });
  const replays = found.data?.replays ?? [];
  return (
    <ul className="tree">
      {replays.map((one) => (
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
  );
}
