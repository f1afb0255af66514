import { execFileSync } from "node:child_process";
import { call, expect, live } from "./live";
import { type Receiver, receiver } from "./receiver";

/** What would run, or be filled in, wherever it were not shown as text. */
export const STRANGE = `"><img src=x onerror="document.title='broken'"><script>document.title='broken'</script>\${7*7}{{7*7}}`;

/** The same where a template would be refused. */
const MARKUP = STRANGE.slice(0, STRANGE.indexOf("${"));

/** The same without blanks, as keys are. */
const KEY = `"><img/src=x/onerror=document.title='broken'>`;

/** A text of CEL. */
const CEL = `event.entity_id != '<script>document.title=1</script>'`;

/** Everything that a stranger has filled, by what it is: ids of what was made. */
export interface Strange {
  shop: Receiver;
  webhook: string;
  queue: string;
  customer: string;
  rule: string;
  events: Readonly<Record<"collector" | "workflow" | "loyalty" | "scheduling" | "operation", string>>;
}

const PUSH = "/api/event/push/subscriptions";

export async function strange(): Promise<Strange> {
  const shop = await receiver(STRANGE);
  const webhook = await failingWebhook(shop);
  const collector = await collectorEvent();
  const path = `${PUSH}/${webhook}`;
  await expect.poll(async () => (await call<{ failingSince?: string }>("GET", path)).failingSince ?? "").not.toBe("");
  const { customer, loyalty, rule } = await loyaltyEvent();
  const workflow = await workflowEvent();
  const scheduling = await scheduledMail();
  const queue = await strangeQueue();
  await call("POST", `/api/v1/event-subscription/${encodeURIComponent(queue)}/test`);
  await call("POST", `${path}/test`);
  const operation = await newest("application.ping");
  deadLetter();
  return { shop, webhook, queue, customer, rule, events: { collector, workflow, loyalty, scheduling, operation } };
}

async function failingWebhook(shop: Receiver): Promise<string> {
  const made = await call<{ id: string }>("POST", PUSH, {
    endpoint: `${shop.url}/strange?q=${encodeURIComponent(STRANGE)}`,
    topics: ["wishlist.*"],
    condition: CEL,
    appId: STRANGE,
  });
  const path = `${PUSH}/${made.id}`;
  await expect.poll(async () => (await call<{ confirmed: boolean }>("GET", path)).confirmed).toBe(true);
  return made.id;
}

async function collectorEvent(): Promise<string> {
  const id = `strange-${crypto.randomUUID()}`;
  await call("POST", "/api/v1/events", {
    id,
    event_type: "ENTITY_EVENT",
    entity_name: "WISHLIST",
    entity_id: STRANGE,
    event_payload: {
      operation: "CREATE",
      key_attributes: { note: STRANGE, [STRANGE]: "name" },
      base64_encoded_payload_json: Buffer.from(JSON.stringify({ [STRANGE]: STRANGE })).toString("base64"),
      base64_encoded_fault_json: Buffer.from(STRANGE).toString("base64"),
    },
  });
  const named = { event_type: "ENTITY_EVENT", entity_name: STRANGE.slice(0, 128), entity_id: "strange-name" };
  await call("POST", "/api/v1/events", named);
  return id;
}

async function loyaltyEvent() {
  const { ruleId: rule } = await call<{ ruleId: string }>("POST", "/api/v1/rules", {
    name: STRANGE,
    description: STRANGE,
    assesses: "ACTION",
    nameSpace: { equals: STRANGE },
    fulfilments: [{ type: "POINTS_FLAT", points: 1 }],
  });
  await call("POST", `/api/v1/rules/${rule}/activate`);
  const customer = crypto.randomUUID();
  const loyalty = crypto.randomUUID();
  const action = { customerId: customer, nameSpace: STRANGE, action: { count: 1 }, description: STRANGE };
  await call("POST", "/api/v1/events/actions", { ...action, eventId: loyalty, reference: STRANGE });
  const order = { orderId: STRANGE, status: "Completed", financialStatus: "paid", total: 10 };
  const event = { customerId: customer, nameSpace: STRANGE, eventId: crypto.randomUUID(), order };
  await call("POST", "/api/v1/events/orders", event).catch(() => undefined); // where orders take no such ids
  const names = { displayName: STRANGE, firstName: STRANGE, externalReference: STRANGE.slice(0, 100) };
  await call("PATCH", `/api/v1/customers/${customer}`, names);
  return { customer, loyalty, rule };
}

async function workflowEvent(): Promise<string> {
  const workflow = {
    name: "ORDER::STRANGE",
    entityType: "ORDER",
    entitySubtype: "STRANGE",
    description: STRANGE,
    statuses: [{ name: MARKUP.slice(0, 100), entityType: "ORDER", category: MARKUP.slice(0, 100) }],
    rulesets: [
      {
        name: "CREATE",
        type: "ORDER",
        description: STRANGE,
        triggers: [{ status: "" }],
        rules: [
          { name: "SetAttribute", props: { name: "note", value: MARKUP } },
          { name: "ChangeState", props: { status: MARKUP.slice(0, 100) } },
        ],
      },
    ],
  };
  await call("PUT", "/api/v4.1/workflow/ORDER::STRANGE", workflow);
  const [ruleset] = workflow.rulesets;
  const other = { ...workflow, rulesets: [{ ...ruleset, description: `${STRANGE} too` }] };
  await call("PUT", "/api/v4.1/workflow/ORDER::STRANGE", other);
  const { id } = await call<{ id: string }>("POST", "/api/v4.1/event/async", {
    name: "CREATE",
    retailerId: live.demo.retailer_id,
    entityType: "ORDER",
    entitySubtype: "STRANGE",
    entityRef: `${STRANGE}${Date.now()}`,
    attributes: { note: STRANGE, [STRANGE]: [STRANGE] },
  });
  const status = async () => (await call<{ eventStatus: string }>("GET", `/api/v4.1/event/${id}`)).eventStatus;
  await expect.poll(status).not.toBe("PENDING");
  return id;
}

async function scheduledMail(): Promise<string> {
  const action = { to: "a@example.com", subject: MARKUP, body: MARKUP };
  const trigger = { cron: "0 7 * * *", timezone: "Europe/Stockholm" };
  const body = { triggerType: "TIME", trigger, actionType: "SEND_EMAIL", action };
  const { id } = await call<{ id: number }>("POST", "/v1/events", body);
  await call("POST", `/v1/events/${id}/run`);
  await call("POST", "/api/v1/jobs", {
    notification: "REMINDER",
    schedule: "0 7 * * *",
    time_zone: "Europe/Stockholm",
    is_active: true,
    is_scheduled: true,
  });
  return await newest("email.requested");
}

async function strangeQueue(): Promise<string> {
  const { id } = await call<{ id: string }>("POST", "/api/v1/event-subscription", {
    entityType: "WISHLIST",
    subscribeCreate: false,
    condition: CEL,
    destination: {
      type: "SQS",
      sqs: {
        queueUrl: `https://127.0.0.1.nip.example/123456789012/q${Date.now()}`,
        region: "eu-west-1",
        accessKey: KEY,
        accessSecret: KEY,
      },
    },
  });
  return id;
}

/** The newest event of a topic. */
async function newest(topic: string): Promise<string> {
  const path = `/api/event/pull?pageSize=1&filter=${encodeURIComponent(`topic eq ${topic}`)}`;
  const found = async () => (await call<{ items: { id: string }[] }>("GET", path)).items[0]?.id ?? "";
  await expect.poll(found).not.toBe("");
  return await found();
}

/** A dead letter of the newest event, as a consumer would leave it: no input is known that a consumer gives up on. */
export function deadLetter(error: string = STRANGE): void {
  const statement =
    "INSERT OR IGNORE INTO failed_event (consumer, key, seq, tenant_id, state, attempts, due_at, error) " +
    "SELECT 'router', ?, max(seq), 1, 'DEAD', 8, 0, ? FROM event WHERE tenant_id = 1";
  const code =
    "import sqlite3, sys\nwith sqlite3.connect(sys.argv[1], timeout=30) as db: db.execute(sys.argv[2], sys.argv[3:])";
  execFileSync("python3", ["-c", code, live.database, statement, STRANGE, error]);
}
