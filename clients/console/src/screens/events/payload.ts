import type { EventDocument } from "./copies";

type Body = Record<string, unknown>;

/** An event's document as people read it: what travels in Base64 is shown as what it is, JSON or text. */
export function readable({ api, document }: EventDocument): unknown {
  return sorted(api === "COLLECTOR" ? opened(document) : (document ?? {}));
}

/** Names in one order: JSON of a Struct has none. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const names = Object.entries(value).sort(([one], [other]) => one.localeCompare(other));
  return Object.fromEntries(names.map(([name, inner]) => [name, sorted(inner)]));
}

function opened(document: unknown): unknown {
  const { event_payload: payload, ...event } = (document ?? {}) as Body;
  const {
    base64_encoded_payload_json: carried,
    base64_encoded_fault_json: fault,
    ...rest
  } = (payload ?? {}) as Record<string, unknown>;
  const found = { ...event, ...rest, payload: decoded(carried), fault: decoded(fault) };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined && value !== ""));
}

function decoded(text: unknown): unknown {
  if (typeof text !== "string" || !text) return undefined;
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
    return jsonOr(new TextDecoder().decode(bytes));
  } catch {
    return text;
  }
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
