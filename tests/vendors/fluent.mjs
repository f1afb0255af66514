// Document 001's vendor: its client logs in as a user, sends events both ways, finds them by id and page after page.
import { readFileSync } from "node:fs";
import { FluentClient } from "@fluentcommerce/fc-connect-sdk";

const { rest, demo } = JSON.parse(readFileSync(process.env.TIDINGS_VENDORS, "utf8"));
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const client = new FluentClient(
  {
    baseUrl: rest,
    retailerId: "1",
    clientId: demo.client_id,
    clientSecret: demo.client_secret,
    username: demo.username,
    password: demo.password,
  },
  silent,
);
const event = (entityRef) => ({ name: "CREATE", entityType: "ORDER", entityRef, rootEntityType: "ORDER", rootEntityRef: entityRef });
const sent = await client.sendEvent({ ...event("F-1"), attributes: { total: 12.5, lines: [{ sku: "A" }] } });
const waited = await client
  .sendEvent(event("F-2"), "sync")
  .catch((error) => ({ status: error.statusCode, eventStatus: JSON.parse(error.details.response).eventStatus }));
const byId = await client.getEventById(sent.id);
const found = await client.getEvents({ eventId: sent.id, "context.entityType": "ORDER" });
const none = await client.getEvents({ eventId: sent.id, eventStatus: "SCHEDULED" });
const page = await client.getEvents({ count: 500, eventType: "ORCHESTRATION", "context.rootEntityRef": "F-1" });
const refusal = await client.getEvents({ count: 5_001 }).catch((error) => ({ status: error.statusCode, name: error.name }));
console.log(JSON.stringify({ sent, waited, byId, found, none, page, refusal }));
