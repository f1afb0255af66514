import { expect, test } from "vitest";
import { idForms } from "./ids";

test("a UUID without dashes has both spellings, all else its own", () => {
  const dashed = "0198f3a0-12ab-7c3d-8e4f-0123456789ab";
  expect(idForms(dashed.replaceAll("-", ""))).toEqual([dashed, dashed.replaceAll("-", "")]);
  expect(idForms(dashed)).toEqual([dashed]);
  expect(idForms("order-1")).toEqual(["order-1"]);
});
