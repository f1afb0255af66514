import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import express from "express";
import fastify from "fastify";
import { fastifyWebhooks, MAX_BODY_BYTES, nodeHandler, Receiver } from "../src/receiver.js";
import { sign, VerificationError, Verifier } from "../src/webhooks.js";

interface Vector {
  readonly name: string;
  readonly secrets: string[];
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly now: number;
  readonly expect: Record<string, unknown>;
}

const shared: { vectors: Vector[]; badSecrets: string[][] } = JSON.parse(readFileSync("../conformance/webhooks.json", "utf8"));

for (const { name, secrets, headers, body, now, expect } of shared.vectors) {
  test(name, () => {
    const verifier = new Verifier(secrets, () => now);
    if ("error" in expect) {
      assert.throws(
        () => verifier.verify(headers, Buffer.from(body)),
        (error) => error instanceof VerificationError && error.reason === expect["error"],
      );
      return;
    }
    const { id, eventId, topic, entityId, isTest, isPing } = verifier.verify(headers, Buffer.from(body));
    assert.deepEqual({ id, eventId, topic, entityId, isTest, isPing }, expect);
  });
}

test("a secret that cannot be one is refused at once", () => {
  for (const secrets of shared.badSecrets) assert.throws(() => new Verifier(secrets), TypeError);
});

test("a body that is no bytes is said to be parsed", () => {
  const parsed = { topic: "order.opened" } as unknown as Uint8Array;
  assert.throws(() => new Verifier(["secret"]).verify(sign("secret", "{}", "m"), parsed), (error) => error instanceof VerificationError && error.reason === "parsed_body");
});

const log = () => {};
const FRAMEWORKS: Record<string, (receiver: Receiver) => Promise<RequestListener>> = {
  "node:http": async (receiver) => (request, response) => void nodeHandler(receiver)(request, response),
  Express: async (receiver) => {
    const app = express();
    app.post("/tidings", nodeHandler(receiver));
    app.use(express.json());
    return app;
  },
  Fastify: async (receiver) => {
    const app = fastify();
    await app.register(fastifyWebhooks(receiver, "/tidings"));
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
};

for (const [name, listen] of Object.entries(FRAMEWORKS)) {
  test(`${name} takes the bytes, and handles each notification once`, async () => {
    const handled: string[] = [];
    let fails = true;
    const receiver = new Receiver(
      new Verifier(["secret"]),
      ({ id }) => {
        handled.push(id);
        if (fails) throw new Error("not now");
      },
      { log },
    );
    const server = createServer(await listen(receiver)).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tidings`;
    const post = async (id: string, body: string, headers = sign("secret", body, id)) => {
      const { date, ...others } = headers; // fetch sets no Date
      return (await fetch(url, { method: "POST", body, headers: { ...others, "content-type": "application/json" } })).status;
    };
    const body = '{"topic": "order.opened"}';
    assert.equal(await post("m-1", body), 500);
    fails = false;
    assert.equal(await post("m-1", body), 204);
    assert.equal(await post("m-1", body), 204);
    assert.deepEqual(handled, ["m-1", "m-1"]);
    assert.equal(await post("p-1", '{"topic":"application.ping"}'), 204);
    assert.equal(await post("m-2", body, {}), 401);
    assert.equal(await post("m-3", "x".repeat(MAX_BODY_BYTES + 1)), 413);
    assert.equal(handled.length, 2);
    server.close();
    server.closeAllConnections();
  });
}
