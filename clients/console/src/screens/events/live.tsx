import { useEffect, useMemo, useReducer, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { Empty, ErrorBox } from "../../ui/feedback";
import { Field, texts } from "../../ui/form";
import { Page, Time } from "../../ui/page";
import { type Column, VirtualTable } from "../../ui/virtual_table";
import { FIRST_EVENT } from "./first";
import { type Seen, START, tailReducer } from "./tail";
import { watch } from "./watch";

const COLUMNS: readonly Column<Seen>[] = [
  { name: "Seen", width: "min(11.5rem, 34vw)", cell: (row) => <Time at={row.at} /> },
  {
    name: "Topic",
    width: "minmax(0, 1fr)",
    cell: (row) => <Link to={`/events/${encodeURIComponent(row.id)}`}>{row.topic}</Link>,
  },
  { name: "Entity", width: "minmax(0, 1fr)", cell: (row) => row.entity },
  { name: "Attributes", width: "minmax(0, 2fr)", wide: true, cell: (row) => <span className="mono">{row.text}</span> },
];

function textOf(row: Seen): string {
  return `${row.topic} ${row.entity} ${row.text}`.toLowerCase();
}

/** The filters that are given, as the address keeps them. */
function filled(filters: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== ""));
}

/** Events as they are stored, by one stream; on a pause they are kept back, not lost. */
export default function LiveTail() {
  const [params, setParams] = useSearchParams();
  const [tail, act] = useReducer(tailReducer, START);
  const [error, setError] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  const topic = params.get("topic") ?? "";
  const entity = params.get("entity") ?? "";
  const text = params.get("text") ?? "";
  const set = (more: Record<string, string>) => setParams(filled({ topic, entity, text, ...more }), { replace: true });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try watches anew
  useEffect(() => {
    const end = new AbortController();
    setError(null);
    act({ kind: "clear" });
    watch(topic, end.signal, act).catch((reason: unknown) => {
      if (!end.signal.aborted) setError(reason);
    });
    return () => end.abort();
  }, [topic, tries]);
  const sought = text.toLowerCase();
  const rows = useMemo(
    () => tail.shown.filter((row) => (!entity || row.entity === entity) && (!sought || textOf(row).includes(sought))),
    [tail.shown, entity, sought],
  );
  return (
    <Page title="Live tail" about={`The newest ${tail.limit.toLocaleString()} events since this screen was opened.`}>
      <form className="panel filters" aria-label="Filters" onSubmit={(event) => set(texts(event))}>
        <Field label="Topic">
          <input name="topic" defaultValue={topic} placeholder="order.*" />
        </Field>
        <Field label="Entity id">
          <input value={entity} onChange={(event) => set({ entity: event.target.value })} />
        </Field>
        <Field label="Text">
          <input value={text} onChange={(event) => set({ text: event.target.value })} />
        </Field>
        <div className="row">
          <button type="submit">Watch</button>
          <button type="button" aria-pressed={tail.isPaused} onClick={() => act({ kind: "pause" })}>
            {tail.isPaused ? `Go on (${tail.waiting.length} wait)` : "Pause"}
          </button>
        </div>
      </form>
      {error !== null && <ErrorBox error={error} again={() => setTries(tries + 1)} />}
      <p role="status" className="soft">
        {tail.isOpen ? `Watching; ${rows.length.toLocaleString()} shown.` : "Connecting …"}
      </p>
      {tail.isOpen && tail.shown.length === 0 && (
        <Empty title="Nothing came yet" paste={FIRST_EVENT}>
          Events are shown as they are stored. Send one, with a token in $AUTH and the tenant in $TENANT:
        </Empty>
      )}
      <VirtualTable label="Live events" columns={COLUMNS} rows={rows} keyOf={(row) => row.position} />
    </Page>
  );
}
