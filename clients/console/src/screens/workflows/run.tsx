import { useEffect, useMemo, useState } from "react";
import { Link, useParams } from "react-router";
import { Badge, Busy, ErrorBox } from "../../ui/feedback";
import { Page, Time } from "../../ui/page";
import { type Column, VirtualTable } from "../../ui/virtual_table";
import { toneOf } from "../events/trace";
import { failedFirst, isFailed, type Line, linesOf } from "./timeline";
import { type GrownTrace, grown } from "./whole_trace";

const STEP_REM = 1.1;
const MAX_DEPTH = 12;

const COLUMNS: readonly Column<Line>[] = [
  {
    name: "Status",
    width: "7.5rem",
    cell: (line) => line.status && <Badge tone={toneOf(line.status)}>{line.status.toLowerCase()}</Badge>,
  },
  {
    name: "What",
    width: "minmax(0, 1.2fr)",
    cell: (line) => (
      <span style={{ paddingLeft: `${Math.min(line.depth, MAX_DEPTH) * STEP_REM}rem` }}>
        {line.isEvent ? <Link to={`/events/${encodeURIComponent(line.id)}`}>{line.what}</Link> : line.what}
      </span>
    ),
  },
  {
    name: "Detail",
    width: "minmax(0, 2fr)",
    wide: true,
    cell: (line) => <span title={line.detail}>{line.detail}</span>,
  },
  { name: "When", width: "11.5rem", wide: true, cell: (line) => <Time at={line.at} /> },
];

/** One run as a timeline: the event, the records of what was done on it, and the events that followed. */
export default function Run() {
  const { id = "" } = useParams();
  const [found, setFound] = useState<GrownTrace>();
  const [error, setError] = useState<unknown>();
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try reads anew
  useEffect(() => {
    const end = new AbortController();
    setFound(undefined);
    setError(undefined);
    follow(id, end.signal, setFound).catch((reason: unknown) => {
      if (!end.signal.aborted) setError(reason);
    });
    return () => end.abort();
  }, [id, tries]);
  const again = () => setTries(tries + 1);
  return (
    <>
      {found ? <Timeline of={found} id={id} /> : <h1>Run</h1>}
      {!found && error === undefined && <Busy />}
      {error !== undefined && <ErrorBox error={error} again={again} />}
    </>
  );
}

async function follow(id: string, signal: AbortSignal, told: (found: GrownTrace) => void): Promise<void> {
  for await (const found of grown(id, signal)) {
    if (signal.aborted) return;
    told(found);
  }
}

function Timeline({ of: { trace, events, isWhole }, id }: { of: GrownTrace; id: string }) {
  const [isFailedFirst, setIsFailedFirst] = useState(true);
  const lines = useMemo(() => linesOf(trace), [trace]);
  const failed = useMemo(() => lines.filter(isFailed).length, [lines]);
  const rows = useMemo(() => (isFailedFirst && failed ? failedFirst(lines) : lines), [lines, isFailedFirst, failed]);
  return (
    <Page
      title={`Run of ${trace.event?.name ?? "an event"}`}
      about={
        <>
          <code>{id}</code> {lines.length.toLocaleString()} records, {failed.toLocaleString()} of them failed
        </>
      }
      deeds={
        failed > 0 && (
          <button type="button" aria-pressed={isFailedFirst} onClick={() => setIsFailedFirst(!isFailedFirst)}>
            Failed ones first
          </button>
        )
      }
    >
      {!isWhole && (
        <p role="status" className="small">
          {events.toLocaleString()} events so far; the rest is being read. <progress aria-label="Reading the run" />
        </p>
      )}
      <VirtualTable label="Timeline" columns={COLUMNS} rows={rows} keyOf={(line) => line.key} />
    </Page>
  );
}
