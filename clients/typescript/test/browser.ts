// Runs in a browser (test_browsers.py): calls by both protocols from a page of another origin, and posts what came of it.
import { Event_EventType, EventService } from "../gen/tidings/collector/v1/events_pb.js";
import { clientCredentials, Tidings, TidingsError } from "../src/index.js";
import { connect, grpcWeb } from "../src/web.js";

interface Settings {
  readonly rest: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const settings = (await (await fetch("/settings")).json()) as Settings;
const said: Record<string, unknown> = {};
for (const [name, transport] of Object.entries({ grpcWeb, connect })) {
  said[name] = await tried(transport(settings.rest)).catch((error: unknown) => ({ failed: String(error) }));
}
await fetch("/result", { method: "POST", body: JSON.stringify(said) });

async function tried(transport: ReturnType<typeof grpcWeb>): Promise<object> {
  const tidings = new Tidings(transport, clientCredentials(settings.clientId, settings.clientSecret), { tenant: "demo" });
  const first = await tidings.createEvent({ eventType: Event_EventType.ENTITY_EVENT, entityName: "ORDER", entityId: "browser" });
  const events = tidings.service(EventService);
  const found = await events.getEvent({ id: first.id });
  const refusal = await events.searchEvents({ topic: "!" }).catch((error: unknown) => error);
  const noStream = await tidings.watchEvents({ topic: "!" }).next().catch((error: unknown) => error);
  const watching = tidings.watchEvents({ topic: "order.*" });
  const next = watching.next();
  const entityId = `watched-${first.id}`;
  let watched: string | undefined;
  void next.then(({ value }) => (watched = value?.event?.entityName));
  for (let n = 0; n < 100 && watched === undefined; n++) {
    await tidings.createEvent({ eventType: Event_EventType.ENTITY_EVENT, entityName: "ORDER", entityId });
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return {
    entityId: found.entityId,
    refusal: shown(refusal),
    noStream: shown(noStream),
    watched,
  };
}

function shown(error: unknown): unknown {
  return error instanceof TidingsError ? [error.kind, error.reason, error.violations[0]?.field] : String(error);
}
