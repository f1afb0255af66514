import { expect, test } from "vitest";
import { failedFirst, linesOf } from "./timeline";

const event = (id: string, eventStatus = "SUCCESS") => ({ id, name: id, eventStatus });

test("a run's lines stand in the order of the run, each at its depth", () => {
  const trace = {
    event: event("a"),
    audits: [event("a1")],
    sent: [{ event: event("b"), audits: [event("b1", "FAILED")] }, { event: event("c") }],
  };
  const lines = linesOf(trace as never);
  expect(lines.map((line) => [line.id, line.depth, line.isEvent])).toEqual([
    ["a", 0, true],
    ["a1", 1, false],
    ["b", 1, true],
    ["b1", 2, false],
    ["c", 1, true],
  ]);
  expect(failedFirst(lines).map((line) => line.id)).toEqual(["b1", "a", "a1", "b", "c"]);
});

test("a chain of forty thousand events overflows no stack", () => {
  let trace: unknown = { event: event("last") };
  for (let n = 0; n < 40_000; n += 1) trace = { event: event(String(n)), sent: [trace] };
  expect(linesOf(trace as never)).toHaveLength(40_001);
});
