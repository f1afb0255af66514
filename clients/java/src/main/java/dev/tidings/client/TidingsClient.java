package dev.tidings.client;

import dev.tidings.collector.v1.CreateEventRequest;
import dev.tidings.collector.v1.Event;
import dev.tidings.collector.v1.EventServiceGrpc;
import dev.tidings.collector.v1.WatchEventsRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * A connection to Tidings with one set of credentials, for any number of threads.
 *
 * <pre>{@code
 * try (var tidings = TidingsClient.builder("localhost:50051", new Credentials.Client(id, secret)).tenant("demo").build()) {
 *   var events = EventServiceGrpc.newBlockingStub(tidings.channel());
 *   Event event = TidingsException.call(() -> events.getEvent(request));
 * }
 * }</pre>
 *
 * <p>Every generated stub works over {@link #channel}: its calls have credentials, a deadline, safe retries, and a {@link
 * TidingsException} as the cause of their failure.
 */
public final class TidingsClient implements AutoCloseable {
  /** The key by which the server knows a repeated write, for retries of your own; each write has a new one without it. */
  public static final CallOptions.Key<String> IDEMPOTENCY_KEY = CallOptions.Key.create("tidings-idempotency-key");

  private static final int MAX_MESSAGE_BYTES = 17 << 20;

  // Only UNAVAILABLE is retried: writes have an id or a key, so a repeat has no second effect.
  private static final Map<String, ?> SERVICE_CONFIG =
      Map.of(
          "methodConfig",
          List.of(
              Map.of(
                  "name",
                  List.of(Map.of()),
                  "retryPolicy",
                  Map.of(
                      "maxAttempts", 5.0,
                      "initialBackoff", "0.1s",
                      "maxBackoff", "5s",
                      "backoffMultiplier", 2.0,
                      "retryableStatusCodes", List.of("UNAVAILABLE")))));

  private final ManagedChannel managed;
  private final Channel channel;
  private final Tokens tokens;

  private TidingsClient(Builder set) {
    managed =
        Grpc.newChannelBuilder(set.target, set.transport)
            .defaultServiceConfig(SERVICE_CONFIG)
            .enableRetry()
            .perRpcBufferLimit(MAX_MESSAGE_BYTES)
            .retryBufferSize(4L * MAX_MESSAGE_BYTES)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .build();
    Map<String, String> headers = new HashMap<>(set.credentials.headers());
    if (!set.tenant.isEmpty()) {
      headers.put("x-twc-tenant", set.tenant);
    }
    long timeoutMillis = set.timeout.toMillis();
    tokens = new Tokens(set.credentials, managed, timeoutMillis);
    channel = ClientInterceptors.intercept(managed, new AuthenticatedCalls(tokens, headers, timeoutMillis));
  }

  /** A client of the server at {@code target}, a host and port. */
  public static Builder builder(String target, Credentials credentials) {
    return new Builder(target, credentials);
  }

  /** The channel for generated stubs of all APIs. */
  public Channel channel() {
    return channel;
  }

  /** Store one event durably and return it as stored; one without an id gets one that its retries repeat. */
  public Event createEvent(Event event) {
    Event identified = event.getId().isEmpty() ? event.toBuilder().setId(Uuid7.next()).build() : event;
    CreateEventRequest request = CreateEventRequest.newBuilder().setEvent(identified).build();
    return TidingsException.call(() -> EventServiceGrpc.newBlockingStub(channel).createEvent(request));
  }

  /** A producer of a stream of events, which connects with its first. Close it. */
  public Producer producer() {
    return producer(Producer.TIMEOUT, (event, refused) -> {});
  }

  /**
   * The same. {@code timeout}: time until an event fails for want of an acknowledgement; {@code onRefused} gets each event
   * that fails, with its error, on a thread of the common pool.
   */
  public Producer producer(Duration timeout, BiConsumer<Event, TidingsException> onRefused) {
    return new Producer(channel, tokens, timeout, onRefused);
  }

  /** The endless stream of events as they are stored; see {@link Watch}. */
  public Watch watchEvents(WatchEventsRequest request) {
    return new Watch(EventServiceGrpc.newBlockingStub(channel), request);
  }

  /** End the connection and the calls in progress. */
  @Override
  public void close() {
    managed.shutdownNow();
    try {
      managed.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    }
  }

  /** Settings of a client. */
  public static final class Builder {
    private final String target;
    private final Credentials credentials;
    private String tenant = "";
    private Duration timeout = Duration.ofSeconds(10);
    private ChannelCredentials transport = InsecureChannelCredentials.create();

    private Builder(String target, Credentials credentials) {
      this.target = target;
      this.credentials = credentials;
    }

    /** The tenant, by its name or UUID; the Collector API asks for it. */
    public Builder tenant(String tenant) {
      this.tenant = tenant;
      return this;
    }

    /** Deadline of a unary call that has none, its retries included. Without it 10 s. */
    public Builder timeout(Duration timeout) {
      this.timeout = timeout;
      return this;
    }

    /** TLS; without it the connection is plain text, for a server on this machine. */
    public Builder transport(ChannelCredentials transport) {
      this.transport = transport;
      return this;
    }

    /** The client; it connects with its first call. */
    public TidingsClient build() {
      return new TidingsClient(this);
    }
  }
}
