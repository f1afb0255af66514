import { answered, api, type Schema } from "../../api/client";

type Trace = Schema["orchestration.EventTrace"];

/** Events of one trace that are shown at most: more than a run may send by itself. */
const MAX_EVENTS = 50_000;

export interface GrownTrace {
  trace: Trace;
  events: number;
  isWhole: boolean;
}

/** A run's trace as it grows: an answer holds 500 events at most, and says where the next one goes on. */
export async function* grown(id: string, signal: AbortSignal): AsyncGenerator<GrownTrace> {
  const trace = await page(id, 0, signal);
  const cut = cutIn(trace);
  let events = count(trace);
  yield { trace, events, isWhole: cut.length === 0 };
  for (let node = cut.shift(); node && events < MAX_EVENTS; node = cut.shift()) {
    const more = await page(node.event?.id ?? "", node.next ?? 0, signal);
    const sent = more.sent ?? [];
    node.sent = [...(node.sent ?? []), ...sent];
    node.isCut = more.isCut === true;
    node.next = more.next ?? 0;
    const deeper = sent.flatMap((one) => cutIn(one));
    if (node.isCut && sent.length > 0) cut.unshift(node);
    cut.push(...deeper);
    events += sent.reduce((all, one) => all + count(one), 0);
    yield { trace: { ...trace }, events, isWhole: cut.length === 0 };
  }
}

async function page(id: string, after: number, signal: AbortSignal): Promise<Trace> {
  const params = { path: { event_id: id }, query: after ? { after } : {} };
  return await answered(api.GET("/api/v4.1/event/{event_id}/trace", { params, signal }));
}

function* nodes(trace: Trace): Generator<Trace> {
  const waiting = [trace];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    yield node;
    waiting.push(...(node.sent ?? []));
  }
}

function cutIn(trace: Trace): Trace[] {
  return [...nodes(trace)].filter((node) => node.isCut);
}

function count(trace: Trace): number {
  return [...nodes(trace)].length;
}
