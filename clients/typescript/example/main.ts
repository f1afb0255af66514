// Sends one order to a Tidings server and reads it back.
import { Event_EventType, EventPayload_Operation, EventService } from "@tidings/client/gen/tidings/collector/v1/events_pb.js";
import { clientCredentials, Tidings } from "@tidings/client";
import { grpc } from "@tidings/client/node";

const env = (name: string) => process.env[name] ?? "";
const tidings = new Tidings(
  grpc(`http://${env("TIDINGS_TARGET")}`),
  clientCredentials(env("TIDINGS_CLIENT_ID"), env("TIDINGS_CLIENT_SECRET")),
  { tenant: env("TIDINGS_TENANT") },
);
const stored = await tidings.createEvent({
  entityName: "ORDER",
  entityId: "1001",
  eventType: Event_EventType.ENTITY_EVENT,
  eventPayload: { operation: EventPayload_Operation.CREATE, keyAttributes: { total: "99.90" } },
});
const found = await tidings.service(EventService).getEvent({ id: stored.id });
console.log("stored", found.entityName, found.entityId, "as", found.id);
process.exit(); // the connection stays open
