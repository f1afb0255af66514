/** Verification of webhooks, and a signer for tests; `receiver.ts` serves it. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export const TOLERANCE_S = 300;

const PREFIX = "whsec_";
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Why a request is not known to come from Tidings, for programs; the message is for people. Answer no more than a 401. */
export type Reason =
  | "missing_signature"
  | "missing_header"
  | "malformed_header"
  | "parsed_body"
  | "secret_form"
  | "mismatch"
  | "stale"
  | "early";

export class VerificationError extends Error {
  override readonly name = "VerificationError";
  constructor(
    readonly reason: Reason,
    message: string,
  ) {
    super(message);
  }
}

/**
 * A verified webhook. `id` is the same when it is sent again, and another one on a replay; `data` is the parsed body; the
 * event's fields are what push notifications have, and empty in others. `isPing`: answer 2xx and do nothing.
 */
export interface Notification {
  readonly id: string;
  readonly body: Buffer;
  readonly data: unknown;
  readonly eventId: string;
  readonly topic: string;
  readonly entityId: string;
  readonly isTest: boolean;
  readonly isPing: boolean;
}

const PARSED = "The body was parsed before it came here: pass the bytes of the request, before any JSON middleware.";
const FORM = "The secret is right but in the wrong form: pass sharedSecret as it was set, or signingSecret with its whsec_.";

/** Verifies requests by any of several secrets: two are in force for 24 h after a rotation. */
export class Verifier {
  readonly #keys: Buffer[];
  readonly #misread: Buffer[];
  readonly #now: () => number;

  /** `secrets`: each a sharedSecret as it was set, or a signingSecret (`whsec_…`). `now`: seconds, for tests. */
  constructor(secrets: readonly string[], now: () => number = () => Date.now() / 1000) {
    if (secrets.length === 0) throw new TypeError("A verifier needs at least one secret.");
    this.#keys = secrets.map(keyOf);
    this.#misread = secrets.map(misreadOf).filter((key) => key.length > 0);
    this.#now = now;
  }

  /** The notification of a request, by its headers and the bytes of its body as they came. Throws VerificationError. */
  verify(headers: Headers, body: Uint8Array): Notification {
    if (!(body instanceof Uint8Array)) throw new VerificationError("parsed_body", PARSED);
    const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value ?? []].flat().join(",")]));
    const signed = signatureOf(given);
    if (!fits(signed, this.#keys, body)) throw this.#mismatch(signed, body);
    const ageS = this.#now() - signed.sentAt;
    if (ageS > TOLERANCE_S) throw new VerificationError("stale", `It was signed ${ageS} s ago: recorded and sent again, or a wrong clock.`);
    if (ageS < -TOLERANCE_S) throw new VerificationError("early", `It was signed ${-ageS} s from now: this machine's clock is behind.`);
    return notificationOf(given.get("webhook-id") ?? "", body);
  }

  /** The error that names the likely cause. */
  #mismatch(signed: Signature, body: Uint8Array): VerificationError {
    if (fits(signed, this.#misread, body)) return new VerificationError("secret_form", FORM);
    const data = parsed(body);
    if (data !== undefined && fits(signed, this.#keys, Buffer.from(JSON.stringify(data)))) return new VerificationError("parsed_body", PARSED);
    return new VerificationError("mismatch", "No secret fits: it is another subscription's, or the body was changed on its way.");
  }
}

/** The headers that Tidings would send with a body, for tests of a receiver. `at`: seconds. */
export function sign(secret: string, body: string | Uint8Array, messageId: string, at = Date.now() / 1000): Record<string, string> {
  const [key, bytes, timestamp] = [keyOf(secret), Buffer.from(body), String(Math.floor(at))];
  const date = new Date(Number(timestamp) * 1000).toUTCString();
  return {
    date,
    "webhook-id": messageId,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${standard(key, `${messageId}.${timestamp}.`, bytes)}`,
    "x-vol-hmac-sha256": vol(key, date, bytes),
  };
}

/** What a request claims: its values, each of which `digest` may give for one of the keys. */
interface Signature {
  readonly sentAt: number;
  readonly values: readonly string[];
  readonly digest: (key: Buffer, body: Uint8Array) => string;
}

function signatureOf(headers: ReadonlyMap<string, string>): Signature {
  const claimed = headers.get("webhook-signature");
  if (claimed !== undefined) {
    const [id, timestamp] = [required(headers, "webhook-id"), required(headers, "webhook-timestamp")];
    if (!/^[0-9]{1,12}$/.test(timestamp)) throw new VerificationError("malformed_header", "webhook-timestamp is no number of seconds.");
    const values = claimed.split(" ").filter((each) => each.startsWith("v1,")).map((each) => each.slice(3));
    return { sentAt: Number(timestamp), values, digest: (key, body) => standard(key, `${id}.${timestamp}.`, body) };
  }
  const own = headers.get("x-vol-hmac-sha256");
  if (own === undefined) {
    throw new VerificationError("missing_signature", "No webhook-signature and no x-vol-hmac-sha256: a proxy dropped them, or it is not from Tidings.");
  }
  const date = required(headers, "date");
  const sentAt = Date.parse(date) / 1000;
  if (Number.isNaN(sentAt)) throw new VerificationError("malformed_header", "Date is no date of RFC 1123.");
  return { sentAt, values: own.split(",").map((each) => each.trim()), digest: (key, body) => vol(key, date, body) };
}

/** Compares every pair in full, so that the time tells nothing. */
function fits({ values, digest }: Signature, keys: readonly Buffer[], body: Uint8Array): boolean {
  let found = false;
  for (const key of keys) {
    const expected = Buffer.from(digest(key, body));
    for (const value of values) {
      const claimed = Buffer.from(value);
      const isEqual = claimed.length === expected.length && timingSafeEqual(claimed, expected);
      found = isEqual || found;
    }
  }
  return found;
}

function keyOf(secret: string): Buffer {
  if (!secret) throw new TypeError("A secret is empty: an environment variable may be unset.");
  if (!secret.startsWith(PREFIX)) return Buffer.from(secret);
  const encoded = secret.slice(PREFIX.length);
  if (!BASE64.test(encoded)) throw new TypeError("A secret that begins with whsec_ must go on in base64: a part of it may be missing.");
  return Buffer.from(encoded, "base64");
}

/** The key in the form that people take it for; empty where there is none. */
function misreadOf(secret: string): Buffer {
  if (secret.startsWith(PREFIX)) return Buffer.from(secret);
  return BASE64.test(secret) ? Buffer.from(secret, "base64") : Buffer.alloc(0);
}

function standard(key: Buffer, signed: string, body: Uint8Array): string {
  return createHmac("sha256", key).update(signed).update(body).digest("base64");
}

/** The value of x-vol-hmac-sha256: no HMAC, despite its name. */
function vol(key: Buffer, date: string, body: Uint8Array): string {
  const doubled = createHash("sha256").update(key).update(key).digest("base64");
  return createHash("sha256").update(doubled + date).update(body).digest("base64");
}

function required(headers: ReadonlyMap<string, string>, name: string): string {
  const value = headers.get(name);
  if (!value) throw new VerificationError("missing_header", `${name} is not there: it belongs to the signature.`);
  return value;
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return undefined;
  }
}

function notificationOf(messageId: string, bytes: Uint8Array): Notification {
  const [body, data] = [Buffer.from(bytes), parsed(bytes)];
  const whole = isObject(data) ? data : {};
  const told = "specversion" in whole && isObject(whole["data"]) ? whole["data"] : whole;
  const text = (name: string) => (typeof told[name] === "string" ? told[name] : "");
  const [eventId, topic] = [text("eventId"), text("topic")];
  return {
    id: messageId || eventId,
    body,
    data,
    eventId,
    topic,
    entityId: text("entityId"),
    isTest: told["isTest"] === true,
    isPing: topic === "application.ping",
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
