import { expect, it } from "vitest";
import { LIMIT, type Seen, START, tailReducer } from "./tail";

const seen = (n: number): Seen => ({ position: `${n}`, id: `${n}`, topic: "a.b", entity: "", text: "", at: "" });

it("keeps the newest events, and no more than its limit", () => {
  let tail = START;
  for (let n = 0; n < LIMIT + 10; n += 10) {
    tail = tailReducer(tail, { kind: "seen", events: Array.from({ length: 10 }, (_, i) => seen(n + 9 - i)) });
  }
  expect(tail.shown.length).toBe(LIMIT);
  expect(tail.shown[0]?.id).toBe(`${LIMIT + 9}`);
});

it("keeps back on a pause what it shows afterwards", () => {
  let tail = tailReducer(START, { kind: "seen", events: [seen(1)] });
  tail = tailReducer(tail, { kind: "pause" });
  tail = tailReducer(tail, { kind: "seen", events: [seen(2)] });
  expect(tail.shown.map((one) => one.id)).toEqual(["1"]);
  tail = tailReducer(tail, { kind: "pause" });
  expect(tail.shown.map((one) => one.id)).toEqual(["2", "1"]);
});
