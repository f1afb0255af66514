/**
 * A client of Tidings, the commerce event hub.
 *
 * ```ts
 * const tidings = new Tidings(grpc("http://localhost:50051"), clientCredentials(id, secret), { tenant: "demo" });
 * const event = await tidings.service(EventService).getEvent({ id });
 * ```
 *
 * `@tidings/client/node` has `grpc`; `@tidings/client/webhooks` and `…/receiver` are for those whom webhooks are sent to.
 */
import { create, type DescService, type MessageInitShape } from "@bufbuild/protobuf";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import {
  type Event,
  EventSchema,
  EventService,
  WatchEventsRequestSchema,
  type WatchEventsResponse,
} from "../gen/tidings/collector/v1/events_pb.js";
import { type Credentials, Tokens } from "./credentials.js";
import { TidingsError, typed } from "./errors.js";
import { uuid7 } from "./ids.js";
import { Producer, type ProducerOptions } from "./producer.js";
import { AuthenticatedTransport, pause, sleep } from "./transport.js";

export { anonymous, apiKey, bearerToken, clientCredentials, type Credentials, storeKey, userPassword } from "./credentials.js";
export { type Kind, TidingsError, type Violation } from "./errors.js";
export { pages } from "./pages.js";
export { Producer, type ProducerOptions, type Published, Sent } from "./producer.js";
export { IDEMPOTENCY_KEY } from "./transport.js";

/** Settings of a client. `tenant`: its name or UUID, which the Collector API asks for. `timeoutMs`: of a unary call. */
export interface Options {
  readonly tenant?: string;
  readonly timeoutMs?: number;
}

// The server sends a heartbeat every 15 s; after three missed ones the connection is taken for dead.
const SILENCE_MS = 45_000;
const TIMEOUT_MS = 10_000;

/** A connection to Tidings with one set of credentials. */
export class Tidings {
  /** For `createClient` of Connect: what goes through it has credentials, deadlines, safe retries and typed errors. */
  readonly transport: Transport;
  readonly #tokens: Tokens;

  constructor(transport: Transport, credentials: Credentials, { tenant, timeoutMs = TIMEOUT_MS }: Options = {}) {
    const headers = { ...credentials.headers, ...(tenant ? { "x-twc-tenant": tenant } : {}) };
    this.#tokens = new Tokens(credentials.request, transport, timeoutMs);
    this.transport = new AuthenticatedTransport(transport, this.#tokens, headers, timeoutMs);
  }

  /** The client of a service of any API, such as `EventService`. */
  service<Service extends DescService>(service: Service): Client<Service> {
    return createClient(service, this.transport);
  }

  /** Store one event durably and return it as stored; one without an id gets one that its retries repeat. */
  async createEvent(event: MessageInitShape<typeof EventSchema>): Promise<Event> {
    const made = create(EventSchema, event);
    return this.service(EventService).createEvent({ event: { ...made, id: made.id || uuid7() } });
  }

  /** A producer of a stream of events, which connects with its first. Close it. */
  producer(options: ProducerOptions = {}): Producer {
    return new Producer(this.transport, this.#tokens, options);
  }

  /**
   * The endless stream of events after a position as they are stored, each with its own position.
   *
   * After a lost connection it resumes behind the last event that was yielded, so that none is missed or repeated. It
   * throws permanent errors, and ends with the loop that reads it.
   */
  async *watchEvents(request: MessageInitShape<typeof WatchEventsRequestSchema> = {}): AsyncGenerator<WatchEventsResponse> {
    const asked = { ...create(WatchEventsRequestSchema, request) };
    let [attempt, stale] = [1, ""];
    for (;;) {
      let received = false;
      let token = "";
      try {
        token = await this.#tokens.current().catch((error: unknown) => Promise.reject(typed(error)));
        for await (const answer of this.connected(asked)) {
          [received, attempt] = [true, 1];
          asked.after = answer.position;
          if (answer.event) yield answer;
        }
      } catch (error) {
        if (!(error instanceof TidingsError)) throw error;
        const isExpired = error.kind === "Unauthenticated" && this.#tokens.isRenewable && (received || stale !== token);
        if (error.kind !== "Unavailable" && !isExpired) throw error;
        if (isExpired) {
          stale = token;
          await this.#tokens.renewed(token).catch((failed: unknown) => Promise.reject(typed(failed)));
        }
      }
      await sleep(pause(attempt++));
    }
  }

  /** The answers of one connection; it ends when the server says nothing for too long. */
  private async *connected(request: MessageInitShape<typeof WatchEventsRequestSchema>): AsyncGenerator<WatchEventsResponse> {
    const connection = new AbortController();
    let isSilent = false;
    const silent = () => {
      isSilent = true;
      connection.abort();
    };
    let alive = setTimeout(silent, SILENCE_MS);
    try {
      for await (const answer of this.service(EventService).watchEvents(request, { signal: connection.signal })) {
        clearTimeout(alive);
        yield answer;
        alive = setTimeout(silent, SILENCE_MS);
      }
    } catch (error) {
      if (!isSilent) throw error;
    } finally {
      clearTimeout(alive);
      connection.abort();
    }
  }
}
