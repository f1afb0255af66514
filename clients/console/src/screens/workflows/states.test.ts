import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compared, graphOf, START } from "./states";

const order = JSON.parse(readFileSync("../../examples/workflows/order.json", "utf8"));

it("draws a ruleset as moves from its triggers to its changes of state", () => {
  const { states, edges } = graphOf(order);
  expect(edges).toContainEqual({ from: START, to: "CREATED", label: "CREATE" });
  expect(edges).toContainEqual({ from: "ON_HOLD", to: "CREATED", label: "ReleaseOrder" });
  expect(states).toContain("RETURNED");
});

it("names the rulesets in which two versions differ", () => {
  const [first, second, ...rest] = order.rulesets;
  const other = { ...order, rulesets: [{ ...second, description: "other" }, ...rest] };
  expect(compared(order, other)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: `${first.type} ${first.name}`, kind: "removed" }),
      expect.objectContaining({ name: `${second.type} ${second.name}`, kind: "changed" }),
    ]),
  );
});
