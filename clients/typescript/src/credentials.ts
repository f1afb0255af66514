import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import { IssueTokenRequestSchema, TokenService } from "../gen/tidings/identity/v1/tokens_pb.js";

type Ask = MessageInitShape<typeof IssueTokenRequestSchema>;

/** What a client identifies itself with: a request for access tokens, or headers that it sends with every call. */
export interface Credentials {
  readonly request?: Ask;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An OAuth client of a tenant. `scope`: scopes separated by blanks; empty: all that the client has. */
export function clientCredentials(clientId: string, clientSecret: string, scope = ""): Credentials {
  return hidden({ request: { grantType: "client_credentials", clientId, clientSecret, scope } });
}

/** A user of a tenant, or of one of its retailers, who logs in through an OAuth client. */
export function userPassword(username: string, password: string, clientId: string, clientSecret: string, scope = ""): Credentials {
  return hidden({ request: { grantType: "password", username, password, clientId, clientSecret, scope } });
}

/** A key of the Loyalty API, with its tenant's UUID. */
export function apiKey(tenantId: string, key: string, secret: string): Credentials {
  return hidden({ headers: { "x-tenant-id": tenantId, "x-api-key": key, "x-api-secret": secret } });
}

/** A key of one store, by the store's number, for the Scheduling API. */
export function storeKey(store: string, key: string): Credentials {
  return hidden({ headers: { store, api_key: key } });
}

/** A token that somebody else issued: an operator's, for the Admin API, or one of a federated issuer. */
export function bearerToken(token: string): Credentials {
  return hidden({ headers: { authorization: `Bearer ${token}` } });
}

/** No credentials, for what is public. */
export const anonymous: Credentials = {};

/** Credentials that no printer and no JSON.stringify shows. */
function hidden(values: Credentials): Credentials {
  return Object.defineProperties({}, {
    request: { value: values.request, enumerable: false },
    headers: { value: values.headers, enumerable: false },
  });
}

const RENEWED_AFTER = 0.8;

/** The current token of one set of credentials; concurrent callers share one request for it. */
export class Tokens {
  #token = "";
  #renewAt = 0;
  #asking: Promise<string> | undefined;

  constructor(
    private readonly ask: Ask | undefined,
    private readonly transport: Transport,
    private readonly timeoutMs: number,
  ) {}

  get isRenewable(): boolean {
    return this.ask !== undefined;
  }

  /** A token that is not about to expire; empty for credentials that have none. */
  async current(): Promise<string> {
    return !this.ask || (this.#token && performance.now() < this.#renewAt) ? this.#token : this.renewed(this.#token);
  }

  /** A new token in place of `stale`, unless another caller has renewed it already. */
  async renewed(stale: string): Promise<string> {
    if (!this.ask || this.#token !== stale) return this.#token;
    this.#asking ??= this.issued(this.ask).finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  private async issued(ask: Ask): Promise<string> {
    const client = createClient(TokenService, this.transport);
    const token = await client.issueToken(create(IssueTokenRequestSchema, ask), { timeoutMs: this.timeoutMs });
    this.#token = token.accessToken;
    this.#renewAt = performance.now() + token.expiresIn * RENEWED_AFTER * 1000;
    return this.#token;
  }
}
