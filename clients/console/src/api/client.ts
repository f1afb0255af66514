import createClient, { type Middleware } from "openapi-fetch";
import { sessions, validTenant } from "../app/session";
import { ApiError, apiError } from "./errors";
import type { components, paths } from "./schema";

export type Schema = components["schemas"];

/** Headers of a call by its path: an operator's, a store's, or a tenant's. Raises ApiError where nobody is signed in. */
export async function credentials(path: string): Promise<Record<string, string>> {
  const { operator, store } = sessions();
  if (path.startsWith("/admin/")) {
    if (!operator) throw new ApiError("Sign in as an operator to see this.", 401, "");
    return { authorization: `Bearer ${operator.token}` };
  }
  if (path.startsWith("/v1/")) {
    if (!store) throw new ApiError("Sign in with a store's key to see this.", 401, "");
    return { store: store.store, api_key: store.key };
  }
  const { token, tenant } = await validTenant();
  return { authorization: `Bearer ${token}`, "x-twc-tenant": tenant };
}

const authentication: Middleware = {
  async onRequest({ request }) {
    const headers = await credentials(new URL(request.url).pathname);
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
    request.headers.set("accept", "application/json");
    return request;
  },
  onError({ error }) {
    if (error instanceof TypeError) return new ApiError("The server cannot be reached.", 0, "");
    return undefined;
  },
};

export const api = createClient<paths>({ baseUrl: window.location.origin, credentials: "omit" });
api.use(authentication);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Posts a document to a path that is not known when this is written. Raises ApiError with what the API said. */
export async function posted(path: string, document: unknown): Promise<Record<string, unknown>> {
  const json = { "content-type": "application/json", accept: "application/json" };
  const headers = { ...(await credentials(path)), ...json };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(document), credentials: "omit" });
  const body: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok) throw apiError(body, answer.status, answer.headers.get("x-request-id"));
  return (body ?? {}) as Record<string, unknown>;
}

/** The body of a call's answer. Raises ApiError with what the API said. */
export async function answered<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw apiError(error, response.status, response.headers.get("x-request-id"));
  return data as T;
}
