import { credentials, type Schema } from "../../api/client";
import { apiError } from "../../api/errors";
import { serverEvents, texts } from "../../api/stream";
import { LIMIT, type Seen, type TailAct } from "./tail";

const GATHER_MS = 200;

/** Watches until it is aborted; what arrives within a fifth of a second is drawn at once. Connects again where it was. */
export async function watch(topic: string, signal: AbortSignal, act: (act: TailAct) => void): Promise<void> {
  let after = "";
  let gathered: Seen[] = [];
  const timer = setInterval(() => {
    if (gathered.length === 0) return;
    act({ kind: "seen", events: gathered });
    gathered = [];
  }, GATHER_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  while (!signal.aborted) {
    const body = await open(topic, after, signal);
    act({ kind: "open" });
    for await (const one of serverEvents(texts(body))) {
      after = one.id;
      gathered = [seen(JSON.parse(one.data) as Watched), ...gathered].slice(0, LIMIT);
    }
  }
}

async function open(topic: string, after: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const query = new URLSearchParams({ ...(topic ? { topic } : {}), ...(after ? { after } : {}) });
  const path = "/api/v1/event-stream";
  const headers = { ...(await credentials(path)), accept: "text/event-stream" };
  const answer = await fetch(`${path}?${query}`, { headers, signal, credentials: "omit" });
  if (!answer.ok || !answer.body) {
    throw apiError(await answer.json().catch(() => undefined), answer.status, answer.headers.get("x-request-id"));
  }
  return answer.body;
}

interface Watched {
  position: string;
  topic: string;
  event: Schema["collector.Event"];
}

function seen({ position, topic, event }: Watched): Seen {
  const text = JSON.stringify(event.event_payload?.key_attributes ?? {});
  return { position, topic, id: event.id ?? "", entity: event.entity_id ?? "", text, at: new Date().toISOString() };
}
