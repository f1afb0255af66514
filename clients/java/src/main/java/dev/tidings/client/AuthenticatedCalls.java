package dev.tidings.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Gives each call its credentials, a deadline, an idempotency key and typed errors. */
final class AuthenticatedCalls implements ClientInterceptor {
  private static final Metadata.Key<String> AUTHORIZATION = header("authorization");
  private static final Metadata.Key<String> KEY = header("idempotency-key");
  private static final Set<String> READS = Set.of("Get", "List", "Search", "Preview");

  private final Tokens tokens;
  private final Map<String, String> headers;
  private final long timeoutMillis;

  AuthenticatedCalls(Tokens tokens, Map<String, String> headers, long timeoutMillis) {
    this.tokens = tokens;
    this.headers = headers;
    this.timeoutMillis = timeoutMillis;
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    boolean isUnary = method.getType() == MethodDescriptor.MethodType.UNARY;
    CallOptions bounded =
        isUnary && options.getDeadline() == null
            ? options.withDeadlineAfter(timeoutMillis, TimeUnit.MILLISECONDS)
            : options;
    String key = options.getOption(TidingsClient.IDEMPOTENCY_KEY);
    boolean isRead = READS.stream().anyMatch(method.getBareMethodName()::startsWith);
    if (key == null && isUnary && !isRead) {
      key = Uuid7.next();
    }
    return new Call<>(next, method, bounded, key);
  }

  private static Metadata.Key<String> header(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  /** One call; one of one message is sent once more with a new token where the first was refused. */
  private final class Call<Q, A> extends ClientCall<Q, A> {
    private final Channel next;
    private final MethodDescriptor<Q, A> method;
    private final CallOptions options;
    private final String key;
    private ClientCall<Q, A> sent;
    private Listener<A> listener;
    private Metadata given;
    private Q message;
    private int requested;
    private boolean isRetried;
    private boolean isCancelled;

    Call(Channel next, MethodDescriptor<Q, A> method, CallOptions options, String key) {
      this.next = next;
      this.method = method;
      this.options = options;
      this.key = key;
    }

    @Override
    public void start(Listener<A> listener, Metadata given) {
      this.listener = listener;
      this.given = given;
      try {
        send(tokens.current());
      } catch (StatusRuntimeException error) {
        sent = new Unsent<>();
        listener.onClose(typed(error.getStatus(), error.getTrailers()), trailers(error.getTrailers()));
      }
    }

    private synchronized void send(String token) {
      Metadata all = new Metadata();
      all.merge(given);
      headers.forEach((name, value) -> all.put(header(name), value));
      if (!token.isEmpty()) {
        all.put(AUTHORIZATION, "Bearer " + token);
      }
      if (key != null) {
        all.put(KEY, key);
      }
      sent = next.newCall(method, options);
      sent.start(new Answers(token), all);
    }

    private synchronized void sendAgain(String token) {
      if (isCancelled) {
        return;
      }
      send(token);
      sent.request(requested);
      sent.sendMessage(message);
      sent.halfClose();
    }

    @Override
    public synchronized void request(int count) {
      requested += count;
      sent.request(count);
    }

    @Override
    public synchronized void cancel(String why, Throwable cause) {
      isCancelled = true;
      sent.cancel(why, cause);
    }

    @Override
    public synchronized void halfClose() {
      sent.halfClose();
    }

    @Override
    public synchronized void sendMessage(Q message) {
      this.message = message;
      sent.sendMessage(message);
    }

    private final class Answers extends Listener<A> {
      private final String token;
      private boolean hasAnswered;

      Answers(String token) {
        this.token = token;
      }

      @Override
      public void onHeaders(Metadata headers) {
        listener.onHeaders(headers);
      }

      @Override
      public void onMessage(A answer) {
        hasAnswered = true;
        listener.onMessage(answer);
      }

      @Override
      public void onReady() {
        listener.onReady();
      }

      @Override
      public void onClose(Status status, Metadata trailers) {
        boolean isRefused = status.getCode() == Status.Code.UNAUTHENTICATED && !hasAnswered && method.getType().clientSendsOneMessage();
        if (!isRefused || isRetried || !tokens.isRenewable()) {
          listener.onClose(typed(status, trailers), trailers);
          return;
        }
        // Keys may be rotated and clients revoked before a token expires; a new token shows which of the two it is.
        isRetried = true;
        try {
          sendAgain(tokens.renewed(token));
        } catch (StatusRuntimeException error) {
          listener.onClose(typed(error.getStatus(), error.getTrailers()), trailers(error.getTrailers()));
        }
      }
    }
  }

  /** In place of a call for which there is no token: its listener was told already. */
  private static final class Unsent<Q, A> extends ClientCall<Q, A> {
    @Override
    public void start(Listener<A> listener, Metadata headers) {}

    @Override
    public void request(int count) {}

    @Override
    public void cancel(String why, Throwable cause) {}

    @Override
    public void halfClose() {}

    @Override
    public void sendMessage(Q message) {}
  }

  private static Status typed(Status status, Metadata trailers) {
    return status.isOk() ? status : status.withCause(TidingsException.of(status, trailers));
  }

  private static Metadata trailers(Metadata trailers) {
    return trailers == null ? new Metadata() : trailers;
  }
}
