import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link, useParams } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { Badge, Result } from "../../ui/feedback";
import { Page, Time } from "../../ui/page";
import { type Column, VirtualTable } from "../../ui/virtual_table";
import { toneOf } from "../events/trace";
import { failedFirst, isFailed, type Line, linesOf } from "./timeline";

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
  { name: "When", width: "10rem", wide: true, cell: (line) => <Time at={line.at} /> },
];

/** One run as a timeline: the event, the records of what was done on it, and the events that followed. */
export default function Run() {
  const { id = "" } = useParams();
  const found = useQuery({
    queryKey: ["trace", id],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/v4.1/event/{event_id}/trace", { params: { path: { event_id: id } }, signal })),
  });
  return (
    <Result title="Run" of={found}>
      {(trace) => <Timeline trace={trace} id={id} />}
    </Result>
  );
}

function Timeline({ trace, id }: { trace: Schema["orchestration.EventTrace"]; id: string }) {
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
      <VirtualTable label="Timeline" columns={COLUMNS} rows={rows} keyOf={(line) => line.key} />
    </Page>
  );
}
