import { expect, test } from "vitest";
import { marked } from "./marked";

test.each([
  ["event.nosuch == 1", { line: 1, column: 6 }, "event.nosuch == 1\n     ^"],
  ["true ||\n\tevent.x", { line: 2, column: 7 }, "    event.x\n         ^"],
  ["'😀' == event.x", { line: 1, column: 13 }, "'😀' == event.x\n             ^"],
  ["short", { line: 1, column: 99 }, "short\n     ^"],
  ["a", { line: 9, column: 1 }, ""],
  ["a", {}, ""],
])("a fault of %j is marked under its character", (text, at, shown) => {
  expect(marked(text, { message: "", ...at })).toBe(shown);
});
