import { expect, it } from "vitest";
import { filtersOf, filterText, NO_FILTERS as NONE, paramsOf } from "./filters";

it("makes the listing's filter of what the form holds", () => {
  expect(filterText(NONE)).toBe("");
  expect(filterText({ ...NONE, topic: "order.*", entity: "it's" })).toBe("topic sw 'order.' and entityId eq 'it''s'");
  expect(filterText({ ...NONE, topic: "order.created", from: "2026-01-02T03:04:05Z" })).toBe(
    "topic eq 'order.created' and createDate ge 2026-01-02T03:04:05.000Z",
  );
});

it("reads from the address what it wrote there", () => {
  const form = { topic: "order.*", entity: "a&b=c", correlation: "", from: "", to: "", other: "x" };
  expect(filtersOf(paramsOf(form))).toEqual({ ...NONE, topic: "order.*", entity: "a&b=c" });
});
