package dev.tidings.client;

import dev.tidings.identity.v1.IssueTokenRequest;
import java.util.Map;
import java.util.Optional;

/** What a client identifies itself with: a request for access tokens, or headers that it sends with every call. */
public sealed interface Credentials {
  /** The request for a token; empty where there is nothing to exchange. */
  default Optional<IssueTokenRequest> request() {
    return Optional.empty();
  }

  /** Headers of every call, beside the token's. */
  default Map<String, String> headers() {
    return Map.of();
  }

  /** An OAuth client of a tenant. {@code scope}: scopes separated by blanks; empty: all that the client has. */
  record Client(String id, String secret, String scope) implements Credentials {
    public Client(String id, String secret) {
      this(id, secret, "");
    }

    @Override
    public Optional<IssueTokenRequest> request() {
      return Optional.of(
          IssueTokenRequest.newBuilder()
              .setGrantType("client_credentials")
              .setClientId(id)
              .setClientSecret(secret)
              .setScope(scope)
              .build());
    }

    @Override
    public String toString() {
      return "Client[" + id + "]";
    }
  }

  /** A user of a tenant, or of one of its retailers, who logs in through an OAuth client. */
  record UserPassword(String username, String password, Client client) implements Credentials {
    @Override
    public Optional<IssueTokenRequest> request() {
      return client
          .request()
          .map(asked -> asked.toBuilder().setGrantType("password").setUsername(username).setPassword(password).build());
    }

    @Override
    public String toString() {
      return "UserPassword[" + username + "]";
    }
  }

  /** A key of the Loyalty API, with its tenant's UUID. */
  record ApiKey(String tenantId, String key, String secret) implements Credentials {
    @Override
    public Map<String, String> headers() {
      return Map.of("x-tenant-id", tenantId, "x-api-key", key, "x-api-secret", secret);
    }

    @Override
    public String toString() {
      return "ApiKey[" + key + "]";
    }
  }

  /** A key of one store, by the store's number, for the Scheduling API. */
  record StoreKey(String store, String key) implements Credentials {
    @Override
    public Map<String, String> headers() {
      return Map.of("store", store, "api_key", key);
    }

    @Override
    public String toString() {
      return "StoreKey[" + store + "]";
    }
  }

  /** A token that somebody else issued: an operator's, for the Admin API, or one of a federated issuer. */
  record BearerToken(String token) implements Credentials {
    @Override
    public Map<String, String> headers() {
      return Map.of("authorization", "Bearer " + token);
    }

    @Override
    public String toString() {
      return "BearerToken";
    }
  }

  /** No credentials, for what is public. */
  record Anonymous() implements Credentials {}
}
