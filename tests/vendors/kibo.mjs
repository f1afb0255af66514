// Document 002's vendor: its client logs in by its own path and reads subscriptions, deliveries and events.
import { readFileSync } from "node:fs";
import { Configuration } from "@kibocommerce/rest-sdk";
import { EventApi, EventSubscriptionApi } from "@kibocommerce/rest-sdk/clients/Event/index.js";

const { host, demo, subscriptionId, tenantId } = JSON.parse(readFileSync(process.env.TIDINGS_VENDORS, "utf8"));
const configured = (sharedSecret) => new Configuration({ tenantId, authHost: host, clientId: demo.client_id, sharedSecret });
const configuration = configured(demo.client_secret);
const refusal = await new EventSubscriptionApi(configured("wrong")).getSubscriptions({}).catch((error) => error.message);
const subscriptions = new EventSubscriptionApi(configuration);
const listed = await subscriptions.getSubscriptions({ pageSize: 200, sortBy: "createDate desc", filter: "isActive eq true" });
const attempts = await subscriptions.getDeliveryAttemptSummaries({ subscriptionId, pageSize: 5 });
const attempt = await subscriptions.getDeliveryAttemptSummary({ subscriptionId, processId: attempts.items[0].id });
const all = await subscriptions.getDeliveryAttemptSummariesAllSubscriptions({ pageSize: 5, filter: "deliveryStatus eq Succeeded" });
const events = new EventApi(configuration);
const pulled = await events.getEvents({ pageSize: 5, filter: "topic eq price.deleted" });
const event = await events.getEvent({ eventId: pulled.items[0].id });
const authClient = configuration._authClient;
const ticket = await authClient.authenticate();
const refreshed = await authClient.refreshTicket(ticket);
console.log(JSON.stringify({ refusal, listed, attempts, attempt, all, pulled, event, ticket, refreshed }));
