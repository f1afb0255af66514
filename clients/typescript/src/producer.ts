import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, createClient, type Transport } from "@connectrpc/connect";
import { type Event, EventSchema } from "../gen/tidings/collector/v1/events_pb.js";
import {
  type EventAcknowledgement,
  EventAcknowledgement_Outcome as Outcome,
  type PublishEventsRequest,
  PublishEventsRequestSchema,
  type PublishEventsResponse,
  PublishService,
  type PublishWindow,
} from "../gen/tidings/collector/v1/publishing_pb.js";
import type { Tokens } from "./credentials.js";
import { errorOf, TidingsError, typed, typedStatus } from "./errors.js";
import { uuid7 } from "./ids.js";
import { Entry, Outbox, type Published } from "./outbox.js";
import { pause, sleep } from "./transport.js";

export type { Published } from "./outbox.js";

/**
 * Settings of a producer. `timeoutMs`: time until an event fails for want of an acknowledgement, two minutes; `onRefused`
 * gets each event that fails, with its error.
 */
export interface ProducerOptions {
  readonly timeoutMs?: number;
  readonly onRefused?: (event: Event, error: TidingsError) => void;
}

const TIMEOUT_MS = 120_000;
// Without an answer for so long, while one is due, the connection is taken for dead.
const SILENCE_MS = 30_000;
const CLOSE_MS = 2_000;
// Larger events have no place in any message. The server refuses the others that are too large.
const EVENT_BYTES = (1 << 20) - 64;
const FLEETING = new Set(["Unavailable", "LimitExceeded", "Internal", "DeadlineExceeded"]);

/** An event that a producer has taken. `id`: its own, or the one that it was given. */
export class Sent {
  readonly #outcome: Promise<Published>;

  constructor(
    readonly id: string,
    outcome: Promise<Published>,
  ) {
    this.#outcome = outcome;
  }

  /** Resolves when the event is durable; rejects with the error that it was refused with, or the producer's own. */
  acknowledged(): Promise<Published> {
    return this.#outcome;
  }
}

/**
 * Sends events as a stream, each acknowledged when it is durable.
 *
 * It batches by itself, sends no more than the server has said that it may, connects again after a lost connection, and
 * then sends again what was not acknowledged, with the same ids: each event is stored once. Events are stored in the order
 * of `send`; but one that is over a quota takes its place when it is sent again. It needs gRPC: browsers cannot stream.
 */
export class Producer {
  readonly #outbox = new Outbox();
  readonly #timeoutMs: number;
  readonly #onRefused: ProducerOptions["onRefused"];
  #wake: () => void = () => undefined;
  #changed = new Promise<void>(() => undefined);
  #isClosing = false;
  #stale = "";
  #attempt = 1;
  #error: TidingsError | undefined;
  #running: Promise<void> | undefined;

  constructor(
    private readonly transport: Transport,
    private readonly tokens: Tokens,
    { timeoutMs = TIMEOUT_MS, onRefused }: ProducerOptions = {},
  ) {
    this.#timeoutMs = timeoutMs;
    this.#onRefused = onRefused;
    this.#notify();
  }

  /**
   * Take an event, and resolve once there is room for it, mostly at once; an event without an id gets one.
   *
   * It is not stored yet then: see `Sent.acknowledged`, `flush` and `close`. Rejects with the error that has ended the
   * producer, and with WrongState after `close`.
   */
  async send(event: MessageInitShape<typeof EventSchema>): Promise<Sent> {
    while (this.#outbox.isFull && !this.#error) await this.#changed;
    if (this.#error) throw this.#error;
    if (this.#isClosing) throw errorOf("The producer is closed.", Code.FailedPrecondition);
    const made = create(EventSchema, event);
    const entry = new Entry({ ...made, id: made.id || uuid7() }, performance.now() + this.#timeoutMs);
    if (entry.size > EVENT_BYTES) {
      const text = `The event has ${entry.size} bytes; the server takes 256 KiB.`;
      this.#fail(entry, errorOf(text, Code.InvalidArgument, "PAYLOAD_TOO_LARGE"));
    } else {
      this.#outbox.add(entry);
      this.#running ??= this.#run();
      this.#notify();
    }
    return new Sent(entry.event.id, entry.outcome);
  }

  /** Resolves when all that was sent before is stored or refused. Rejects with the error that has ended the producer. */
  async flush(): Promise<void> {
    await Promise.allSettled(this.#outbox.all().map((entry) => entry.outcome));
    if (this.#error) throw this.#error;
  }

  /** Flush, then end the stream: nothing can be sent any more. Rejects as `flush`. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#notify();
    await this.flush();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const isLate = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
    await Promise.race([this.#running, isLate]);
    clearTimeout(timer);
  }

  /** Keep a connection while there are events, until the producer is closed or an error ends it. */
  async #run(): Promise<void> {
    for (;;) {
      while (!this.#outbox.length) {
        if (this.#isClosing) return;
        await this.#changed;
      }
      let token = "";
      try {
        token = await (this.#stale ? this.tokens.renewed(this.#stale) : this.tokens.current());
        await this.#connected();
      } catch (error) {
        const failure = typed(error);
        if (failure.kind === "Unauthenticated" && token && this.tokens.isRenewable && !this.#stale) {
          this.#stale = token; // it may have expired; a new one shows whether the client is still good
        } else if (FLEETING.has(failure.kind) && (failure.cause as { code?: Code }).code !== Code.Unimplemented) {
          this.#expire(failure);
        } else {
          return this.#stop(failure);
        }
      }
      await sleep(pause(this.#attempt++));
    }
  }

  /** Send over one connection until it ends. Rejects with what it ended with. */
  async #connected(): Promise<void> {
    this.#outbox.rewind();
    const link = new Link();
    try {
      const options = { signal: link.signal };
      for await (const response of createClient(PublishService, this.transport).publishEvents(this.#messages(link), options)) {
        this.#attempt = 1;
        this.#stale = "";
        this.#take(response, link);
      }
    } catch (error) {
      if (!link.isSilent) throw error;
    } finally {
      link.end();
      this.#notify();
    }
  }

  /** The messages of one connection, as far as its window goes. */
  async *#messages(link: Link): AsyncGenerator<PublishEventsRequest> {
    while (!link.isDraining && !link.hasEnded) {
      const now = performance.now();
      const events = this.#outbox.nextMessage(link.window, now);
      if (events.length) {
        link.expect(true);
        yield create(PublishEventsRequestSchema, { events });
      } else if (this.#isClosing && !this.#outbox.length) {
        return;
      } else {
        const due = this.#outbox.nextDue;
        if (due !== undefined) setTimeout(() => this.#notify(), Math.max(0, due - now) + 1);
        await this.#changed;
      }
    }
  }

  #take(response: PublishEventsResponse, link: Link): void {
    const entries = this.#outbox.acknowledged(response.acknowledgements.length);
    entries.forEach((entry, at) => this.#settle(entry, response.acknowledgements[at]!));
    if (response.window) link.window = response.window;
    link.isDraining ||= response.isDraining ?? false;
    link.expect(this.#outbox.hasSent);
    this.#notify();
  }

  #settle(entry: Entry, told: EventAcknowledgement): void {
    if (told.outcome !== Outcome.REFUSED) {
      entry.resolve({ id: told.id, isDuplicate: told.outcome === Outcome.DUPLICATE });
      return;
    }
    const error = typedStatus(told.error);
    const dueAt = performance.now() + (error.retryAfterS ?? 0) * 1_000;
    if (error.retryAfterS === undefined || dueAt > entry.until) this.#fail(entry, error);
    else this.#outbox.putOff(entry, dueAt);
  }

  /** Give up events that have waited too long. */
  #expire(error: TidingsError): void {
    const text = `Not acknowledged in ${this.#timeoutMs / 1_000} s: ${error.message}`;
    for (const entry of this.#outbox.expired(performance.now())) this.#fail(entry, errorOf(text, Code.DeadlineExceeded));
    this.#notify();
  }

  #stop(error: TidingsError): void {
    const isUnknown = (error.cause as { code?: Code }).code === Code.Unimplemented;
    this.#error = isUnknown ? errorOf("No streams of events here: the server is older, or this is no gRPC.", Code.FailedPrecondition) : error;
    for (const entry of this.#outbox.clear()) this.#fail(entry, this.#error);
    this.#notify();
  }

  #fail(entry: Entry, error: TidingsError): void {
    entry.reject(error);
    queueMicrotask(() => this.#onRefused?.(entry.event, error)); // whose error is the program's, not this stream's
  }

  #notify(): void {
    this.#wake();
    this.#changed = new Promise((resolve) => (this.#wake = resolve));
  }
}

/** One connection: its window, whether its server stops, and its end where the server says nothing. */
class Link {
  window: PublishWindow | undefined;
  isDraining = false;
  hasEnded = false;
  isSilent = false;
  readonly #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.expect(true);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Expect an answer from now on, or none. */
  expect(isDue: boolean): void {
    clearTimeout(this.#timer);
    if (!isDue || this.hasEnded) return;
    this.#timer = setTimeout(() => {
      this.isSilent = true;
      this.#abort.abort();
    }, SILENCE_MS);
  }

  end(): void {
    this.hasEnded = true;
    clearTimeout(this.#timer);
    this.#abort.abort();
  }
}
