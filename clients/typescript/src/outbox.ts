import { toBinary } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "../gen/tidings/collector/v1/events_pb.js";
import type { PublishWindow } from "../gen/tidings/collector/v1/publishing_pb.js";
import type { TidingsError } from "./errors.js";

const MAX_EVENTS = 10_000;
const MAX_BYTES = 16 << 20;
// Of one message; the server takes 1,000 events and 1 MiB.
const MESSAGE_EVENTS = 500;
const MESSAGE_BYTES = 512 << 10;

/** A stored event. `isDuplicate`: it had been stored before, under the same id. */
export interface Published {
  readonly id: string;
  readonly isDuplicate: boolean;
}

/** An event with its size, the instant (`performance.now`) at which it is given up, and its outcome. */
export class Entry {
  readonly size: number;
  readonly outcome: Promise<Published>;
  dueAt = 0;
  resolve!: (published: Published) => void;
  reject!: (error: TidingsError) => void;

  constructor(
    readonly event: Event,
    readonly until: number,
  ) {
    this.size = toBinary(EventSchema, event).length;
    this.outcome = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.outcome.catch(() => undefined); // nobody may ask for it
  }
}

/** Events of a producer in the order in which they are to be stored. */
export class Outbox {
  #waiting: Entry[] = [];
  #sent: Entry[] = [];
  #putOff: Entry[] = [];
  #sentBytes = 0;
  #bytes = 0;

  get length(): number {
    return this.#waiting.length + this.#sent.length + this.#putOff.length;
  }

  get isFull(): boolean {
    return this.length >= MAX_EVENTS || this.#bytes >= MAX_BYTES;
  }

  /** Whether acknowledgements are to come. */
  get hasSent(): boolean {
    return this.#sent.length > 0;
  }

  /** The instant at which the next event that was put off is to be sent. */
  get nextDue(): number | undefined {
    return this.#putOff.length ? Math.min(...this.#putOff.map((entry) => entry.dueAt)) : undefined;
  }

  all(): Entry[] {
    return [...this.#sent, ...this.#waiting, ...this.#putOff];
  }

  add(entry: Entry): void {
    this.#waiting.push(entry);
    this.#bytes += entry.size;
  }

  /** The events to be sent next, as far as the window allows; they count as sent. */
  nextMessage(window: PublishWindow | undefined, now: number): Event[] {
    this.#recall(now);
    let [taken, size] = [0, 0];
    for (const entry of window ? this.#waiting : []) {
      const isBeyond = this.#sent.length + taken > 0 && this.#sentBytes + entry.size > Number(window!.bytes);
      if (taken === MESSAGE_EVENTS || this.#sent.length + taken >= window!.events || isBeyond) break;
      if (taken && size + entry.size > MESSAGE_BYTES) break;
      taken++;
      size += entry.size;
      this.#sentBytes += entry.size;
    }
    const entries = this.#waiting.splice(0, taken);
    this.#sent.push(...entries);
    return entries.map((entry) => entry.event);
  }

  /** The entries whose acknowledgements are next to come, which leave. */
  acknowledged(count: number): Entry[] {
    const entries = this.#sent.splice(0, count);
    for (const entry of entries) {
      this.#sentBytes -= entry.size;
      this.#bytes -= entry.size;
    }
    return entries;
  }

  /** Take an entry back, to be sent again at an instant. */
  putOff(entry: Entry, dueAt: number): void {
    entry.dueAt = dueAt;
    this.#putOff.push(entry);
    this.#bytes += entry.size;
  }

  /** Let all that was sent be sent again, first. */
  rewind(): void {
    this.#waiting = [...this.#sent, ...this.#waiting];
    this.#sent = [];
    this.#sentBytes = 0;
  }

  /** The entries that are given up by now, which leave; call it while nothing is sent. */
  expired(now: number): Entry[] {
    this.rewind();
    const gone = this.all().filter((entry) => entry.until <= now);
    this.#waiting = this.#waiting.filter((entry) => entry.until > now);
    this.#putOff = this.#putOff.filter((entry) => entry.until > now);
    for (const entry of gone) this.#bytes -= entry.size;
    return gone;
  }

  /** All entries, which leave. */
  clear(): Entry[] {
    const all = this.all();
    [this.#waiting, this.#sent, this.#putOff] = [[], [], []];
    this.#sentBytes = this.#bytes = 0;
    return all;
  }

  #recall(now: number): void {
    if (!this.#putOff.length) return;
    this.#waiting.unshift(...this.#putOff.filter((entry) => entry.dueAt <= now));
    this.#putOff = this.#putOff.filter((entry) => entry.dueAt > now);
  }
}
