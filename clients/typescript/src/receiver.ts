/**
 * A receiver of webhooks: verifies, answers pings, handles each notification once; for node:http, Express and Fastify.
 *
 * Answers: 204 handled, a ping, or a duplicate; 401 not verified; 405 no POST; 409 the same one is being handled now; 413
 * too large; 500 the handler failed. All but 2xx are sent again later.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Headers, type Notification, VerificationError, type Verifier } from "./webhooks.js";

export const MAX_BODY_BYTES = 1 << 20;

/** Ids of notifications that were handled. A receiver of several processes needs one that they share. */
export interface Duplicates {
  begin(id: string): Promise<"new" | "handled" | "running"> | "new" | "handled" | "running";
  /** Keep the id, or forget it where the handler failed. */
  end(id: string, handled: boolean): Promise<void> | void;
}

/** The last ids of this process. */
export class RememberedIds implements Duplicates {
  readonly #ids = new Map<string, boolean>();

  constructor(private readonly capacity = 100_000) {}

  begin(id: string): "new" | "handled" | "running" {
    const handled = this.#ids.get(id);
    if (handled !== undefined) return handled ? "handled" : "running";
    this.#ids.set(id, false);
    if (this.#ids.size > this.capacity) this.#ids.delete(this.#ids.keys().next().value!);
    return "new";
  }

  end(id: string, handled: boolean): void {
    if (handled) this.#ids.set(id, true);
    else this.#ids.delete(id);
  }
}

export interface ReceiverOptions {
  readonly duplicates?: Duplicates;
  /** Where refusals and failures are told; `console.error` by default. */
  readonly log?: (message: string, error: unknown) => void;
}

/** Takes a request's headers and bytes, and says with what status to answer. */
export class Receiver {
  readonly #duplicates: Duplicates;
  readonly #log: (message: string, error: unknown) => void;

  constructor(
    private readonly verifier: Verifier,
    private readonly handle: (notification: Notification) => unknown,
    { duplicates = new RememberedIds(), log = console.error }: ReceiverOptions = {},
  ) {
    this.#duplicates = duplicates;
    this.#log = log;
  }

  /** The status for one request, its notification handled before. */
  async receive(headers: Headers, body: Uint8Array): Promise<number> {
    let notification: Notification;
    try {
      notification = this.verifier.verify(headers, body);
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
      this.#log(`A webhook was refused (${error.reason}): ${error.message}`, error);
      return 401;
    }
    if (notification.isPing) return 204;
    const state = await this.#duplicates.begin(notification.id);
    if (state !== "new") return state === "handled" ? 204 : 409;
    let handled = false;
    try {
      await this.handle(notification);
      handled = true;
    } catch (error) {
      this.#log("The handler failed; the notification will be sent again.", error);
    } finally {
      await this.#duplicates.end(notification.id, handled);
    }
    return handled ? 204 : 500;
  }
}

/** A handler for node:http and for Express, before `express.json()`: `app.post("/tidings", nodeHandler(receiver))`. */
export function nodeHandler(receiver: Receiver): (request: IncomingMessage & { body?: unknown }, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    response.statusCode = 405;
    if (request.method === "POST") {
      // Where a middleware has read the body, it is what that left: bytes of express.raw(), or something parsed.
      const body = request.body === undefined ? await bytesOf(request) : (request.body as Uint8Array);
      response.statusCode = body === undefined ? 413 : await receiver.receive(request.headers, body);
    }
    response.end();
  };
}

interface Fastify {
  addContentTypeParser(type: string, options: { parseAs: "buffer"; bodyLimit: number }, parse: (request: unknown, body: unknown, done: (error: null, body: unknown) => void) => void): unknown;
  removeAllContentTypeParsers(): unknown;
  post(path: string, handler: (request: { headers: Headers; body: unknown }, reply: { code(status: number): { send(): unknown } }) => Promise<unknown>): unknown;
}

/** A plugin for Fastify: `app.register(fastifyWebhooks(receiver, "/tidings"))`; other routes keep their parsers. */
export function fastifyWebhooks(receiver: Receiver, path: string): (app: any) => Promise<void> {
  return async (app: Fastify) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: MAX_BODY_BYTES }, (_request, body, done) => done(null, body));
    app.post(path, async (request, reply) => reply.code(await receiver.receive(request.headers, (request.body ?? Buffer.alloc(0)) as Uint8Array)).send());
  };
}

async function bytesOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return length > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks);
}
