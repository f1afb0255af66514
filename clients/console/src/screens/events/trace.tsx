import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { ApiError } from "../../api/errors";
import { Badge, ErrorBox, type Tone } from "../../ui/feedback";
import { Panel } from "../../ui/page";
import { linesOf } from "../workflows/timeline";

type Node = Schema["orchestration.EventTrace"];

/** The tree of what followed from an event: the workflow that ran, what it changed, what it sent. */
export function Trace({ id }: { id: string }) {
  const found = useQuery({ queryKey: ["trace", id], queryFn: ({ signal }) => trace(id, signal) });
  if (found.data === null || found.isPending) return null;
  return (
    <Panel
      title="What followed"
      deeds={found.data && <Link to={`/workflows/runs/${encodeURIComponent(id)}`}>As a timeline</Link>}
    >
      {found.isError ? (
        <ErrorBox error={found.error} again={() => void found.refetch()} />
      ) : found.data && (found.data.isCut || linesOf(found.data).length > MAX_TREE) ? (
        <p>This run has many records: the timeline shows them all.</p>
      ) : (
        <ul className="tree">{found.data && <Followed node={found.data} />}</ul>
      )}
    </Panel>
  );
}

/** The trace; null of an event that workflows know nothing of. */
async function trace(id: string, signal: AbortSignal): Promise<Node | null> {
  const params = { path: { event_id: id } };
  try {
    return await answered(api.GET("/api/v4.1/event/{event_id}/trace", { params, signal }));
  } catch (error) {
    if (error instanceof ApiError && [400, 403, 404].includes(error.status)) return null;
    throw error;
  }
}

/** Records beyond which a tree is shown as a timeline alone. */
const MAX_TREE = 400;

export function toneOf(status: string): Tone {
  return TONES[status as keyof typeof TONES] ?? "";
}

const TONES = { SUCCESS: "good", COMPLETE: "good", FAILED: "bad", PENDING: "warn", SCHEDULED: "warn" } as const;

export function Followed({ node }: { node: Node }) {
  const { event, run, changes = [], audits = [], sent = [] } = node;
  const status = event?.eventStatus ?? "";
  return (
    <li>
      <div className="row">
        <Link to={`/events/${encodeURIComponent(event?.id ?? "")}`}>{event?.name}</Link>
        <Badge tone={toneOf(status)}>{status.toLowerCase()}</Badge>
        {run && (
          <span className="soft">
            <Link to={`/workflows/${encodeURIComponent(run.workflow ?? "")}`}>{run.workflow}</Link> version{" "}
            {run.version}, ruleset {run.ruleset}
          </span>
        )}
      </div>
      {changes.map((change) => (
        <div key={change.field} className="small">
          {change.field}: <code>{JSON.stringify(change.before)}</code> → <code>{JSON.stringify(change.after)}</code>
        </div>
      ))}
      <Audits audits={audits} />
      {sent.length > 0 && (
        <ul className="tree">
          {sent.map((child) => (
            <Followed key={child.event?.id} node={child} />
          ))}
        </ul>
      )}
      {node.isCut && <p className="soft">There is more, which is not shown here.</p>}
    </li>
  );
}

function Audits({ audits }: { audits: Schema["orchestration.Event"][] }) {
  if (audits.length === 0) return null;
  return (
    <details className="small">
      <summary>{audits.length} records</summary>
      <ul className="tree">
        {audits.map((audit) => (
          <li key={audit.id}>
            {audit.category} {audit.name} {audit.eventStatus === "FAILED" && <Badge tone="bad">failed</Badge>}
          </li>
        ))}
      </ul>
    </details>
  );
}
