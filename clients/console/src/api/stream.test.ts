import { expect, it } from "vitest";
import { serverEvents } from "./stream";

async function read(...pieces: string[]) {
  async function* source() {
    yield* pieces;
  }
  return await collected(serverEvents(source()));
}

async function collected<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of source) found.push(one);
  return found;
}

it("joins events that arrive in pieces, and skips comments", async () => {
  const events = await read(
    ": still here\n\nid: 1\nevent: order.",
    'created\ndata: {"a":',
    "1}\n\nid: 2\nda",
    "ta: x\ndata: y\n\n",
  );
  expect(events).toEqual([
    { id: "1", event: "order.created", data: '{"a":1}' },
    { id: "2", event: "", data: "x\ny" },
  ]);
});

it("does not give an event whose end has not come", async () => {
  expect(await read("id: 1\ndata: x\n")).toEqual([]);
});
