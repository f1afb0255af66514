import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { asCurl, asGrpcurl, asPython, type Call, creation, grpcServer, reading, resent, shell } from "./copies";

const EVENT = {
  id: "e1",
  event_type: "ENTITY_EVENT" as const,
  entity_name: "ORDER",
  entity_id: `it's $(touch x) "q" \\ \n`,
  event_payload: {
    operation: "CREATE" as const,
    entity_id: "",
    base64_encoded_payload_json: "",
    base64_encoded_fault_json: "",
    key_attributes: { a: "1" },
  },
};

it("sends again what the caller sent, as a new event", () => {
  const { id: _, event_payload: __, ...rest } = EVENT;
  expect(resent(EVENT)).toEqual({ ...rest, event_payload: { operation: "CREATE", key_attributes: { a: "1" } } });
});

it("is one word to a shell, whatever strangers wrote into the event", () => {
  const word = shell(JSON.stringify(resent(EVENT)));
  const read = execFileSync("/bin/sh", ["-c", `printf %s ${word}`], { encoding: "utf8" });
  expect(JSON.parse(read)).toEqual(resent(EVENT));
  expect(asCurl(made(), "http://h", "demo")).toContain(word);
});

it("is one literal to Python", () => {
  const code = asPython(made(), grpcServer(undefined, "127.0.0.1"), "demo");
  const literal = /json\.loads\((".*")\)/.exec(code)?.[1] ?? "";
  const read = execFileSync("python3", ["-c", `print(${literal})`], { encoding: "utf8" });
  expect(JSON.parse(read)).toEqual({ event: resent(EVENT) });
});

it("names the port that the server has, and its TLS", () => {
  const version = { version: "1", schema: "1", grpcPort: 51234, grpcTls: false };
  const plain = grpcServer(version, "hub.example");
  expect(asGrpcurl(made(), plain, "demo")).toContain("hub.example:51234 tidings.collector.v1.EventService/");
  expect(asGrpcurl(made(), plain, "demo")).toContain("-plaintext");
  expect(asPython(made(), plain, "demo")).toContain('Tidings("hub.example:51234"');
  const encrypted = grpcServer({ ...version, grpcTls: true }, "[::1]");
  expect(asGrpcurl(made(), encrypted, "demo")).not.toContain("-plaintext");
  expect(asGrpcurl(made(), encrypted, "demo")).toContain("[::1]:51234");
  expect(asPython(made(), encrypted, "demo")).toContain("channel_credentials=ssl_channel_credentials()");
});

it("makes events of other APIs by their own calls, and reads those that the server makes", () => {
  const context = { sourceEvents: ["x"], entityType: "ORDER", entityRef: "o-1", rootEntityId: null };
  const workflow = { type: "ORCHESTRATION", name: "CREATE", retailerId: "1", context, attributes: [] };
  expect(creation({ api: "WORKFLOW", document: { ...workflow, id: "e" } })).toMatchObject({
    path: "/api/v4.1/event/async",
    body: { name: "CREATE", retailerId: "1", entityType: "ORDER", entityRef: "o-1", attributes: [] },
  });
  expect(creation({ api: "WORKFLOW", document: { ...workflow, type: "GENERAL" } })).toBeUndefined();
  const action = { tenantId: "t", eventId: "old", customerId: "c", action: { count: 1 } };
  const loyalty = creation({ api: "LOYALTY", document: action });
  expect(loyalty).toMatchObject({ path: "/api/v1/events/actions", method: "CreateAction" });
  expect(loyalty?.body).not.toHaveProperty("tenantId");
  expect(loyalty?.body?.eventId).not.toBe("old");
  expect(creation({ api: "OPERATION", document: {} })).toBeUndefined();
  expect(asCurl(reading("a/b"), "http://h", "demo")).toContain("'http://h/api/v1/events/a%2Fb/document'");
});

function made(): Call {
  const found = creation({ api: "COLLECTOR", document: EVENT });
  if (!found) throw new Error("a collector event can be made anew");
  return found;
}
