import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { asCurl, asPython, resent, shell } from "./copies";

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
  expect(asCurl(EVENT, "http://h", "demo")).toContain(word);
});

it("is one literal to Python", () => {
  const code = asPython(EVENT, "127.0.0.1", "demo");
  const literal = /json\.loads\((".*")\)/.exec(code)?.[1] ?? "";
  const read = execFileSync("python3", ["-c", `print(${literal})`], { encoding: "utf8" });
  expect(JSON.parse(read)).toEqual(resent(EVENT));
});
