import { expect, it } from "vitest";
import { pointsByDay, topCustomers } from "./days";

const EXAMPLES = [
  { customerId: "a", points: 5, recordedAt: "2026-01-03T23:59:59Z" },
  { customerId: "b", points: 2, recordedAt: "2026-01-01T00:00:00Z" },
  { customerId: "a", points: 1, recordedAt: "2026-01-01T12:00:00Z" },
];

it("adds points up by day, and has the days between", () => {
  expect(pointsByDay(EXAMPLES).values).toEqual([3, 0, 5]);
  expect(pointsByDay([]).times).toEqual([]);
});

it("names who would get most", () => {
  expect(topCustomers(EXAMPLES, 1)).toEqual([["a", 6]]);
});
