import type { DescMessage, DescMethodStreaming, DescMethodUnary, MessageInitShape } from "@bufbuild/protobuf";
import type { ContextValues, StreamResponse, Transport, UnaryResponse } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Tokens } from "./credentials.js";
import { TidingsError, typed } from "./errors.js";
import { uuid7 } from "./ids.js";

/** The header by which the server knows a repeated write; each unary call that is no read has a new one without it. */
export const IDEMPOTENCY_KEY = "idempotency-key";

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
const READS = /^(Get|List|Search|Preview)/;

/** Gives each call its credentials, a deadline, an idempotency key, safe retries and typed errors. */
export class AuthenticatedTransport implements Transport {
  constructor(
    private readonly inner: Transport,
    private readonly tokens: Tokens,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly timeoutMs: number,
  ) {}

  async unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    given: HeadersInit | undefined,
    input: MessageInitShape<I>,
    context?: ContextValues,
  ): Promise<UnaryResponse<I, O>> {
    const header = new Headers(given);
    if (!READS.test(method.name) && !header.has(IDEMPOTENCY_KEY)) header.set(IDEMPOTENCY_KEY, uuid7());
    const until = performance.now() + (timeoutMs ?? this.timeoutMs);
    const once = (token: string) => {
      const leftMs = Math.max(1, Math.ceil(until - performance.now()));
      return this.inner.unary(method, signal, leftMs, this.all(header, token), input, context);
    };
    try {
      const token = await this.tokens.current();
      try {
        return await retried(() => once(token), until);
      } catch (error) {
        if (ConnectError.from(error).code !== Code.Unauthenticated || !this.tokens.isRenewable) throw error;
        // Keys may be rotated and clients revoked before a token expires; a new token shows which of the two it is.
        const renewed = await this.tokens.renewed(token);
        return await retried(() => once(renewed), until);
      }
    } catch (error) {
      throw typed(error);
    }
  }

  async stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodStreaming<I, O>,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    given: HeadersInit | undefined,
    input: AsyncIterable<MessageInitShape<I>>,
    context?: ContextValues,
  ): Promise<StreamResponse<I, O>> {
    try {
      const token = await this.tokens.current();
      const header = this.all(new Headers(given), token);
      const response = await this.inner.stream(method, signal, timeoutMs, header, input, context);
      return { ...response, message: typedMessages(response.message) };
    } catch (error) {
      throw typed(error);
    }
  }

  private all(given: Headers, token: string): Headers {
    const all = new Headers(given);
    for (const [name, value] of Object.entries(this.headers)) all.set(name, value);
    if (token) all.set("authorization", `Bearer ${token}`);
    return all;
  }
}

/** The result of a call. Only UNAVAILABLE is retried: writes have an id or a key, so a repeat has no second effect. */
async function retried<T>(call: () => Promise<T>, until: number): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const pauseMs = pause(attempt);
      const isLast = attempt === ATTEMPTS || performance.now() + pauseMs >= until;
      if (ConnectError.from(error).code !== Code.Unavailable || isLast) throw error;
      await sleep(pauseMs);
    }
  }
}

/** Milliseconds to wait before another attempt; doubles up to five seconds, with full jitter. */
export function pause(attempt: number): number {
  return Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function* typedMessages<T>(messages: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* messages;
  } catch (error) {
    throw error instanceof TidingsError ? error : typed(error);
  }
}
