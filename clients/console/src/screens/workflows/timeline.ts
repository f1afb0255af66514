import type { Schema } from "../../api/client";

type Trace = Schema["orchestration.EventTrace"];
type Event = Schema["orchestration.Event"];

/** One line of a run: an event, or a record of what was done on it. */
export interface Line {
  key: string;
  depth: number;
  at: string;
  what: string;
  status: string;
  detail: string;
  isEvent: boolean;
  id: string;
}

/** A run's events and records in the order of the run; a loop, not a recursion, however deep it goes. */
export function linesOf(trace: Trace): Line[] {
  const lines: Line[] = [];
  const waiting: { node: Trace; depth: number }[] = [{ node: trace, depth: 0 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, depth } = next;
    lines.push(eventLine(node, depth, lines.length));
    for (const audit of node.audits ?? []) lines.push(auditLine(audit, depth + 1, lines.length));
    for (const child of [...(node.sent ?? [])].reverse()) waiting.push({ node: child, depth: depth + 1 });
  }
  return lines;
}

/** Failed lines first, each part in its order. */
export function failedFirst(lines: readonly Line[]): Line[] {
  return [...lines.filter(isFailed), ...lines.filter((line) => !isFailed(line))];
}

export function isFailed(line: Line): boolean {
  return line.status === "FAILED";
}

function eventLine({ event, run, isCut }: Trace, depth: number, index: number): Line {
  const ran = run ? `${run.workflow} version ${run.version}, ruleset ${run.ruleset}` : "";
  const detail = isCut ? `${ran} There is more.` : ran;
  return { ...line(event, depth, index), what: event?.name ?? "", detail, isEvent: true };
}

function auditLine(audit: Event, depth: number, index: number): Line {
  const detail = (audit.attributes ?? []).map((one) => `${one.name}: ${JSON.stringify(one.value)}`).join(", ");
  return { ...line(audit, depth, index), what: `${audit.category} ${audit.name}`, detail, isEvent: false };
}

function line(event: Event | undefined, depth: number, index: number) {
  const { id = "", generatedOn = "", eventStatus = "" } = event ?? {};
  return { key: String(index), depth, at: generatedOn, status: eventStatus, id };
}
