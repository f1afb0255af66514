import { expect, test } from "vitest";
import { bytes } from "./units";

test.each([
  [0, "0 B"],
  ["1023", "1,023 B"],
  [1536, "1.5 KiB"],
  ["104857600", "100 MiB"],
  [undefined, "0 B"],
  [1024 ** 5, "1,024 TiB"],
])("%s bytes read as %s", (value, text) => {
  expect(bytes(value)).toBe(text);
});
