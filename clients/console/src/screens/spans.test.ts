import { expect, it } from "vitest";
import { buckets } from "./spans";

it("gives the starts of hours and days in UTC, the one that runs last", () => {
  const now = Date.parse("2026-11-30T10:20:00Z");
  const { times } = buckets({ name: "", step: "HOUR", steps: 2 }, now);
  expect(times.map((time) => new Date(time * 1000).toISOString())).toEqual([
    "2026-11-30T08:00:00.000Z",
    "2026-11-30T09:00:00.000Z",
    "2026-11-30T10:00:00.000Z",
  ]);
  expect(buckets({ name: "", step: "DAY", steps: 1 }, now).from).toBe(Date.parse("2026-11-29T00:00:00Z"));
});
