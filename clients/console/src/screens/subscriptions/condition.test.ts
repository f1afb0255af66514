import { expect, it } from "vitest";
import { marked } from "./condition";

it("marks the character at which a condition does not compile", () => {
  const message = "does not compile: 2:4: undefined field 'nosuch' not found";
  expect(marked("a &&\n  b.nosuch", message)).toBe("  b.nosuch\n   ^");
  expect(marked("a", "is too long")).toBe("");
});
