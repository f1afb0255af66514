import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { createRegistry, type DescFile, type DescMethodUnary, fromJson, type JsonValue, type Message, toJson } from "@bufbuild/protobuf";
import * as audit from "../gen/tidings/admin/v1/audit_pb.js";
import * as operations from "../gen/tidings/admin/v1/operations_pb.js";
import * as tenants from "../gen/tidings/admin/v1/tenants_pb.js";
import * as deliveries from "../gen/tidings/collector/v1/deliveries_pb.js";
import * as eventSubscriptions from "../gen/tidings/collector/v1/event_subscriptions_pb.js";
import * as events from "../gen/tidings/collector/v1/events_pb.js";
import * as jobs from "../gen/tidings/collector/v1/jobs_pb.js";
import * as customers from "../gen/tidings/loyalty/v1/customers_pb.js";
import * as loyalty from "../gen/tidings/loyalty/v1/events_pb.js";
import * as rules from "../gen/tidings/loyalty/v1/rules_pb.js";
import * as orchestration from "../gen/tidings/orchestration/v1/events_pb.js";
import * as workflows from "../gen/tidings/orchestration/v1/workflows_pb.js";
import * as pushDeliveries from "../gen/tidings/push/v1/deliveries_pb.js";
import * as subscriptions from "../gen/tidings/push/v1/subscriptions_pb.js";
import * as scheduling from "../gen/tidings/scheduling/v1/events_pb.js";
import { anonymous, apiKey, bearerToken, clientCredentials, type Credentials, IDEMPOTENCY_KEY, pages, type Sent, storeKey, Tidings, TidingsError, userPassword } from "../src/index.js";
import { grpc } from "../src/node.js";

const PATIENCE_MS = 20_000;
const FILES = [audit, operations, tenants, deliveries, eventSubscriptions, events, jobs, customers, loyalty, rules, orchestration, workflows, pushDeliveries, subscriptions, scheduling];
const REGISTRY = createRegistry(...FILES.map((module) => Object.values(module).find((each): each is DescFile => (each as { kind?: string }).kind === "file")!));

interface Environment {
  readonly live: string;
  readonly faulty: string;
  readonly cases: string;
  readonly demo: Readonly<Record<string, string | number>>;
  readonly stranger: Readonly<Record<string, string>>;
}

interface Step {
  readonly as: string;
  readonly op: "publish" | "call" | "create" | "pages" | "watch" | "watchCreated";
  readonly server?: string;
  readonly method: string;
  readonly request: JsonValue;
  readonly create: JsonValue;
  readonly timeoutS?: number;
  readonly idempotencyKey?: string;
  readonly items: string;
  readonly field: string;
  readonly until: number;
  readonly take: number;
  readonly events: JsonValue[];
  readonly repeat?: number;
  readonly save?: Readonly<Record<string, string>>;
  readonly expect: Readonly<Record<string, unknown>> & { readonly error?: unknown };
}

const path = process.env["TIDINGS_CONFORMANCE"];
if (path) {
  const env: Environment = JSON.parse(readFileSync(path, "utf8"));
  const table: { cases: { name: string; steps: Step[] }[] } = JSON.parse(readFileSync(env.cases, "utf8"));
  const clients = new Map<string, Tidings>();
  for (const each of table.cases) test(each.name, { timeout: 3 * PATIENCE_MS }, () => run(env, clients, each.steps));
  after(() => setImmediate(() => process.exit())); // connections to the servers stay open
} else {
  test("conformance", { skip: "make test-client-typescript starts the servers" });
}

async function run(env: Environment, clients: Map<string, Tidings>, steps: readonly Step[]): Promise<void> {
  const values: Record<string, string> = {};
  for (let n = 1; n < 10; n++) values[`u${n}`] = randomUUID();
  for (const [name, value] of Object.entries(env.demo)) values[`env.${name}`] = String(value);
  for (const raw of steps) {
    const step: Step = JSON.parse(JSON.stringify(raw).replace(/\{\{([\w.]+)\}\}/g, (_, name: string) => values[name]!));
    const key = `${step.as}@${step.server ?? "live"}`;
    const client = clients.get(key) ?? clientOf(env, step);
    clients.set(key, client);
    if (step.expect.error !== undefined) {
      const error: unknown = await OPS[step.op](client, step).then(() => undefined, (failed: unknown) => failed);
      if (!(error instanceof TidingsError)) assert.fail(`no typed error: ${String(error)}`);
      assertPart(told(error), step.expect.error);
      continue;
    }
    const answer = await OPS[step.op](client, step);
    assertPart(answer, step.expect);
    for (const [name, field] of Object.entries(step.save ?? {})) values[name] = String((answer["response"] as Record<string, unknown>)[field]);
  }
}

/** An error as cases spell it. */
function told(error: TidingsError): Record<string, unknown> {
  const fields = error.violations.map((broken) => broken.field);
  const broken = error.violations.map((each) => each.rule);
  return { ...error, kind: error.kind, violations: fields, rules: broken };
}

/** `expected` is a part of `actual`: objects by their names, lists item by item, scalars by their text. */
function assertPart(actual: unknown, expected: unknown): void {
  if (expected === "*") assert.ok(actual, "something");
  else if (expected === null) assert.equal(actual, undefined);
  else if (Array.isArray(expected)) {
    assert.equal((actual as unknown[]).length, expected.length, JSON.stringify(actual));
    expected.forEach((part, at) => assertPart((actual as unknown[])[at], part));
  } else if (typeof expected === "object") {
    for (const [name, part] of Object.entries(expected as object)) assertPart((actual as Record<string, unknown> | undefined)?.[name], part);
  } else assert.equal(String(actual), String(expected));
}

function clientOf(env: Environment, step: Step): Tidings {
  const target = step.server === "faulty" ? env.faulty : step.server === "nowhere" ? "127.0.0.1:1" : env.live;
  const [credentials, tenant] = identity(env, step.as);
  return new Tidings(grpc(`http://${target}`), credentials, { tenant, timeoutMs: PATIENCE_MS });
}

function identity({ demo, stranger }: Environment, who: string): [Credentials, string] {
  const of = (name: string) => String(demo[name]);
  const [id, secret, tenant] = [of("client_id"), of("client_secret"), of("tenant")];
  switch (who) {
    case "client":
      return [clientCredentials(id, secret), tenant];
    case "reader":
      return [clientCredentials(id, secret, "events:read"), tenant];
    case "wrongSecret":
      return [clientCredentials(id, "wrong"), tenant];
    case "wrongToken":
      return [bearerToken("wrong"), tenant];
    case "wrongTenant":
      return [clientCredentials(id, secret), "stranger"];
    case "stranger":
      return [clientCredentials(stranger["client_id"]!, stranger["client_secret"]!), stranger["tenant"]!];
    case "user":
      return [userPassword(of("username"), of("password"), id, secret), ""];
    case "account":
      return [userPassword(of("account_username"), of("account_password"), id, secret), ""];
    case "loyaltyKey":
      return [apiKey(of("tenant_id"), of("api_key"), of("api_secret")), ""];
    case "wrongLoyaltyKey":
      return [apiKey(randomUUID(), of("api_key"), of("api_secret")), ""];
    case "storeKey":
      return [storeKey(of("store"), of("store_api_key")), ""];
    case "operator":
      return [bearerToken(of("operator_token")), ""];
    default:
      return [anonymous, ""];
  }
}

/** The method of a step, and the call of it by the client. */
function methodOf(client: Tidings, step: Step): { request: Message; call: (request: Message) => Promise<Message>; print: (answer: Message) => Record<string, JsonValue> } {
  const [typeName, rpc] = step.method.split("/") as [string, string];
  const service = REGISTRY.getService(typeName) ?? assert.fail(typeName);
  const method = service.methods.find((each) => each.name === rpc) as DescMethodUnary;
  const header = step.idempotencyKey ? { [IDEMPOTENCY_KEY]: step.idempotencyKey } : undefined;
  const call = async (request: Message) => {
    const timeoutMs = step.timeoutS ? step.timeoutS * 1000 : undefined;
    return (await client.transport.unary(method, undefined, timeoutMs, header, request)).message as Message;
  };
  const print = (answer: Message) => toJson(method.output, answer, { registry: REGISTRY }) as Record<string, JsonValue>;
  return { request: fromJson(method.input, step.request), call, print };
}

const OPS: Record<Step["op"], (client: Tidings, step: Step) => Promise<Record<string, unknown>>> = {
  async call(client, step) {
    const { request, call, print } = methodOf(client, step);
    return { response: print(await call(request)) };
  },
  async create(client, step) {
    const stored = await client.createEvent(fromJson(events.EventSchema, step.request));
    return { response: toJson(events.EventSchema, stored) };
  },
  /** The outcome of each event that a producer sends; with `repeat` how many there were of each kind. */
  async publish(client, step) {
    const producer = client.producer({ timeoutMs: step.timeoutS ? step.timeoutS * 1_000 : PATIENCE_MS });
    const models = step.events.map((each) => fromJson(events.EventSchema, each));
    const sent: Sent[] = [];
    for (let n = 0; n < (step.repeat ?? models.length); n++) {
      const model = models[n % models.length]!;
      sent.push(await producer.send(step.repeat ? { ...model, id: `${model.id}-${n}` } : model));
    }
    await producer.close().catch((error: unknown) => assert.ok(error instanceof TidingsError));
    const published = await Promise.all(
      sent.map(async (each) => {
        try {
          const one = await each.acknowledged();
          assert.equal(one.id, each.id);
          return { ...one };
        } catch (error) {
          if (!(error instanceof TidingsError)) throw error;
          return { error: told(error) };
        }
      }),
    );
    if (!step.repeat) return { published };
    const kinds = { stored: 0, duplicates: 0, refused: 0 };
    for (const each of published) kinds["error" in each ? "refused" : each.isDuplicate ? "duplicates" : "stored"]++;
    return kinds;
  },
  async pages(client, step) {
    const { request, call, print } = methodOf(client, step);
    const found: unknown[] = [];
    for await (const page of pages(call, request)) {
      const items = (print(page)[step.items] ?? []) as Record<string, unknown>[];
      found.push(...items.map((item) => item[step.field]));
      if (found.length >= step.until) break;
    }
    return { values: found.slice(0, step.until) };
  },
  async watch(client, step) {
    const ids: string[] = [];
    for await (const watched of client.watchEvents(fromJson(events.WatchEventsRequestSchema, step.request))) {
      if (ids.push(watched.event!.id) === step.take) break;
    }
    return { ids };
  },
  /** A watch from now on, while events are made: the entity of the first that it sees. */
  async watchCreated(client, step) {
    const making = setInterval(() => void client.createEvent(fromJson(events.EventSchema, step.create)), 100);
    try {
      for await (const watched of client.watchEvents(fromJson(events.WatchEventsRequestSchema, step.request))) {
        return { ids: [watched.event!.entityId] };
      }
    } finally {
      clearInterval(making);
    }
    return {};
  },
};
