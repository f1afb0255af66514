import type { Schema } from "../../api/client";

/** What an event carries, readable: attributes, and the documents that travel in Base64; one that is no JSON as text. */
export function body(event: Schema["collector.Event"]): Record<string, unknown> {
  const payload = event.event_payload;
  const found: Record<string, unknown> = {
    attributes: payload?.key_attributes,
    payload: decoded(payload?.base64_encoded_payload_json),
    fault: decoded(payload?.base64_encoded_fault_json),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

function decoded(text: string | undefined): unknown {
  if (!text) return undefined;
  try {
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    const read = new TextDecoder().decode(bytes);
    return jsonOr(read);
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
