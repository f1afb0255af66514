import { expect, test } from "vitest";
import { pointsByDay } from "./days";

test("days without points are drawn too, and what is no day is left out", () => {
  const { times, values } = pointsByDay([
    { date: "2026-01-04", points: 5 },
    { date: "2026-01-01", points: 20 },
    { date: "never", points: 1 },
  ]);
  expect(values).toEqual([20, 0, 0, 5]);
  expect(times[0]).toBe(Date.parse("2026-01-01T00:00:00Z") / 1000);
});

test("nothing gives no days", () => {
  expect(pointsByDay([])).toEqual({ times: [], values: [] });
});
