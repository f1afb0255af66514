import { expect, it } from "vitest";
import { nextPlace, PAGE } from "./places";

const items = (createDate: string, many: number) => Array.from({ length: many }, () => ({ auditInfo: { createDate } }));
const page = (...parts: ReturnType<typeof items>[]) => ({ items: parts.flat() }) as never;

it("goes on behind the events of the last instant, over as many pages as they fill", () => {
  const first = page(items("2026-01-01T00:00:00.002Z", 50), items("2026-01-01T00:00:00.001Z", PAGE - 50));
  expect(nextPlace(first, [first])).toEqual({ upto: "2026-01-01T00:00:00.001Z", taken: PAGE - 50 });
  const second = page(items("2026-01-01T00:00:00.001Z", PAGE));
  expect(nextPlace(second, [first, second])).toEqual({ upto: "2026-01-01T00:00:00.001Z", taken: PAGE + PAGE - 50 });
  const third = page(items("2026-01-01T00:00:00.000Z", PAGE));
  expect(nextPlace(third, [first, second, third])).toEqual({ upto: "2026-01-01T00:00:00.000Z", taken: PAGE });
});

it("ends with a page that is not full, unless the API says that there is more", () => {
  const short = page(items("2026-01-01T00:00:00.000Z", 3));
  expect(nextPlace(short, [short])).toBeUndefined();
  const cut = { ...(short as object), hasMore: true } as never;
  expect(nextPlace(cut, [cut])).toEqual({ upto: "2026-01-01T00:00:00.000Z", taken: 3 });
  expect(nextPlace(page(), [short, page()])).toBeUndefined();
});
