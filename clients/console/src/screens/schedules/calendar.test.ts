import { expect, test } from "vitest";
import { monthsOf } from "./calendar";

const fires = (zone: string, ...times: string[]) =>
  monthsOf(times, zone).map(({ name, weeks }) => ({
    name,
    days: weeks
      .flat()
      .filter((one) => one.times.length > 0)
      .map((one) => [one.day, ...one.times]),
  }));

test("a day is that of the zone's wall clock, across the change to summer time", () => {
  const found = fires("Europe/Stockholm", "2026-03-28T23:30:00Z", "2026-03-29T22:30:00Z", "2026-04-30T22:00:00Z");
  expect(found.map((one) => one.days)).toEqual([
    [
      [29, "00:30"],
      [30, "00:30"],
    ],
    [[1, "00:00"]],
  ]);
});

test("weeks begin on Monday and have seven days", () => {
  const [month] = monthsOf(["2026-02-01T00:00:00Z"], "UTC");
  expect(month?.weeks).toHaveLength(5);
  expect(month?.weeks[0]?.map((one) => one.day)).toEqual([0, 0, 0, 0, 0, 0, 1]);
  expect(month?.weeks.every((week) => week.length === 7)).toBe(true);
});

test("several times of one day stand together", () => {
  expect(fires("UTC", "2026-01-05T07:00:00Z", "2026-01-05T19:00:00Z")[0]?.days).toEqual([[5, "07:00", "19:00"]]);
});

test("an unknown zone is an error", () => {
  expect(() => monthsOf(["2026-01-05T07:00:00Z"], "Nowhere/Town")).toThrow(RangeError);
});
