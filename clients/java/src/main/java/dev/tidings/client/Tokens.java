package dev.tidings.client;

import dev.tidings.identity.v1.IssueTokenRequest;
import dev.tidings.identity.v1.Token;
import dev.tidings.identity.v1.TokenServiceGrpc;
import io.grpc.Channel;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The current token of one set of credentials; concurrent callers share one request for it. */
final class Tokens {
  private static final double RENEWED_AFTER = 0.8;

  private final Optional<IssueTokenRequest> request;
  private final Channel channel;
  private final long timeoutMillis;
  private String token = "";
  private long renewAtNanos;

  Tokens(Credentials credentials, Channel channel, long timeoutMillis) {
    request = credentials.request();
    this.channel = channel;
    this.timeoutMillis = timeoutMillis;
  }

  boolean isRenewable() {
    return request.isPresent();
  }

  /** A token that is not about to expire; empty for credentials that have none. */
  synchronized String current() {
    return request.isEmpty() || (!token.isEmpty() && System.nanoTime() - renewAtNanos < 0) ? token : issued();
  }

  /** A new token in place of {@code stale}, unless another caller has renewed it already. */
  synchronized String renewed(String stale) {
    return request.isEmpty() || !token.equals(stale) ? token : issued();
  }

  private String issued() {
    Token issued =
        TokenServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(timeoutMillis, TimeUnit.MILLISECONDS)
            .issueToken(request.orElseThrow());
    token = issued.getAccessToken();
    renewAtNanos = System.nanoTime() + (long) (issued.getExpiresIn() * RENEWED_AFTER * 1e9);
    return token;
  }
}
