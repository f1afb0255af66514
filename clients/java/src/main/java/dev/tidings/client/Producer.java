package dev.tidings.client;

import dev.tidings.client.Outbox.Entry;
import dev.tidings.client.TidingsException.Kind;
import dev.tidings.collector.v1.Event;
import dev.tidings.collector.v1.EventAcknowledgement;
import dev.tidings.collector.v1.EventAcknowledgement.Outcome;
import dev.tidings.collector.v1.PublishEventsRequest;
import dev.tidings.collector.v1.PublishEventsResponse;
import dev.tidings.collector.v1.PublishServiceGrpc;
import dev.tidings.collector.v1.PublishWindow;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;

/**
 * Sends events as a stream, each acknowledged when it is durable.
 *
 * <p>It batches by itself, sends no more than the server has said that it may, connects again after a lost connection, and
 * then sends again what was not acknowledged, with the same ids: each event is stored once. Events are stored in the order
 * of {@link #send}; but one that is over a quota takes its place when it is sent again. Any number of threads may share it.
 */
public final class Producer implements AutoCloseable {
  /** Time until an event fails for want of an acknowledgement, where none is set. */
  public static final Duration TIMEOUT = Duration.ofMinutes(2);

  // Without an answer for so long, while one is due, the connection is taken for dead.
  private static final long SILENCE_NANOS = Duration.ofSeconds(30).toNanos();
  private static final long CLOSE_MS = 2_000;
  private static final long FIRST_PAUSE_MS = 100;
  private static final long LONGEST_PAUSE_MS = 5_000;
  // Larger events have no place in any message. The server refuses the others that are too large.
  private static final int EVENT_BYTES = (1 << 20) - 64;

  private final Channel channel;
  private final Tokens tokens;
  private final Duration timeout;
  private final BiConsumer<Event, TidingsException> onRefused;
  private final Outbox outbox = new Outbox();
  private final Thread running = new Thread(this::run, "tidings-producer");
  private boolean isClosing;
  private boolean isAbandoned;
  private String stale = "";
  private long pauseMs = FIRST_PAUSE_MS;
  private TidingsException error;

  Producer(Channel channel, Tokens tokens, Duration timeout, BiConsumer<Event, TidingsException> onRefused) {
    this.channel = channel;
    this.tokens = tokens;
    this.timeout = timeout;
    this.onRefused = onRefused;
    running.setDaemon(true);
    running.start();
  }

  /**
   * An event that a producer has taken. {@code id}: its own, or the one that it was given. {@code acknowledged}: completes
   * when the event is durable, or with the error that it was refused with, or the producer's own.
   */
  public record Sent(String id, CompletableFuture<Published> acknowledged) {}

  /**
   * Take an event, and return once there is room for it, mostly at once; an event without an id gets one.
   *
   * <p>It is not stored yet when this returns: see {@link Sent}, {@link #flush} and {@link #close}. Throws the error that
   * has ended the producer, and WrongState after {@code close}.
   */
  public synchronized Sent send(Event event) throws InterruptedException {
    while (outbox.isFull() && error == null && !isClosing) {
      wait();
    }
    if (error != null || isClosing) {
      throw error != null ? error : TidingsException.of(Status.FAILED_PRECONDITION.withDescription("The producer is closed."), "");
    }
    Event identified = event.getId().isEmpty() ? event.toBuilder().setId(Uuid7.next()).build() : event;
    Entry entry = new Entry(identified, System.nanoTime() + timeout.toNanos());
    if (entry.size > EVENT_BYTES) {
      String text = "The event has " + entry.size + " bytes; the server takes 256 KiB.";
      fail(entry, TidingsException.of(Status.INVALID_ARGUMENT.withDescription(text), "PAYLOAD_TOO_LARGE"));
    } else {
      outbox.add(entry);
      notifyAll();
    }
    return new Sent(identified.getId(), entry.outcome.copy());
  }

  /** Return when all that was sent before is stored or refused. Throws the error that has ended the producer. */
  public void flush() throws InterruptedException {
    List<Entry> waiting;
    synchronized (this) {
      waiting = outbox.all();
    }
    for (Entry entry : waiting) {
      synchronized (this) {
        while (!entry.outcome.isDone()) {
          wait();
        }
      }
    }
    synchronized (this) {
      if (error != null) {
        throw error;
      }
    }
  }

  /** Flush, then end the stream: nothing can be sent any more. Throws as {@link #flush}. */
  @Override
  public void close() {
    synchronized (this) {
      isClosing = true;
      notifyAll();
    }
    try {
      flush();
      running.join(CLOSE_MS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } finally {
      abandon();
    }
  }

  private synchronized void abandon() {
    isAbandoned = true;
    failAll(TidingsException.of(Status.FAILED_PRECONDITION.withDescription("The producer was closed."), ""));
  }

  /** Keep a connection while there are events, until the producer is closed or an error ends it. */
  private void run() {
    try {
      while (hasWork()) {
        String token = "";
        Throwable ended;
        try {
          token = stale.isEmpty() ? tokens.current() : tokens.renewed(stale);
          ended = connected();
        } catch (StatusRuntimeException failed) {
          ended = failed;
        }
        if (!mayGoOn(token, ended)) {
          return;
        }
        Thread.sleep(ThreadLocalRandom.current().nextLong(pauseMs));
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    } catch (InterruptedException interrupted) {
      abandon();
    } catch (RuntimeException fault) {
      stop(TidingsException.of(Status.INTERNAL.withDescription(fault.toString()), ""));
    }
  }

  /** Wait for an event; false where none will come. */
  private synchronized boolean hasWork() throws InterruptedException {
    while (outbox.size() == 0 && !isClosing && !isAbandoned) {
      wait();
    }
    return outbox.size() > 0 && !isAbandoned;
  }

  /** Fail what has waited too long, or all where another connection would end as the last one did. */
  private synchronized boolean mayGoOn(String token, Throwable ended) {
    Status status = ended == null ? Status.UNAVAILABLE.withDescription("The connection has ended.") : Status.fromThrowable(ended);
    TidingsException told = ended instanceof StatusRuntimeException failed ? TidingsException.of(failed) : TidingsException.of(status, "");
    if (told.kind() == Kind.Unauthenticated && !token.isEmpty() && tokens.isRenewable() && stale.isEmpty()) {
      stale = token; // it may have expired; a new one shows whether the client is still good
      return true;
    }
    boolean isUnknown = status.getCode() == Status.Code.UNIMPLEMENTED;
    boolean isFleeting = List.of(Kind.Unavailable, Kind.LimitExceeded, Kind.Internal, Kind.DeadlineExceeded).contains(told.kind());
    if (!isFleeting || isUnknown) {
      stop(isUnknown ? TidingsException.of(Status.FAILED_PRECONDITION.withDescription("This server takes no streams of events."), "") : told);
      return false;
    }
    String text = "Not acknowledged in " + timeout.toMillis() / 1000.0 + " s: " + told.getMessage();
    for (Entry entry : outbox.expired(System.nanoTime())) {
      fail(entry, TidingsException.of(Status.DEADLINE_EXCEEDED.withDescription(text), ""));
    }
    notifyAll();
    return true;
  }

  /** Send over one connection until it ends; gives what it ended with, null for nothing. */
  private Throwable connected() throws InterruptedException {
    Link link = new Link();
    synchronized (this) {
      outbox.rewind();
    }
    PublishServiceGrpc.newStub(channel).publishEvents(link);
    try {
      write(link);
    } finally {
      link.requests.cancel("done", null);
    }
    return link.failure;
  }

  /** Send what waits, as far as the window goes, until the connection has ended. */
  private synchronized void write(Link link) throws InterruptedException {
    boolean isHalfClosed = false;
    while (!link.hasEnded && !isAbandoned) {
      long now = System.nanoTime();
      List<Event> events = isHalfClosed ? List.of() : outbox.nextMessage(link.window, now);
      if (!events.isEmpty()) {
        link.answerBy = now + SILENCE_NANOS;
        link.requests.onNext(PublishEventsRequest.newBuilder().addAllEvents(events).build());
        continue;
      }
      if (!isHalfClosed && (link.isDraining || (isClosing && outbox.size() == 0))) {
        isHalfClosed = true;
        link.requests.onCompleted();
      }
      long patience = link.isDue || outbox.hasSent() ? link.answerBy - now : SILENCE_NANOS;
      if (patience <= 0) {
        link.failure = Status.UNAVAILABLE.withDescription("No answer came.").asRuntimeException();
        return;
      }
      wait(outbox.nanosToNext(now, patience) / 1_000_000 + 1);
    }
  }

  private void settle(Entry entry, EventAcknowledgement told) {
    if (told.getOutcome() != Outcome.REFUSED) {
      entry.outcome.complete(new Published(told.getId(), told.getOutcome() == Outcome.DUPLICATE));
      return;
    }
    TidingsException refused = TidingsException.of(told.getError());
    long dueAt = System.nanoTime() + refused.retryAfter().orElse(Duration.ZERO).toNanos();
    if (refused.retryAfter().isEmpty() || dueAt - entry.until > 0) {
      fail(entry, refused);
    } else {
      outbox.putOff(entry, dueAt);
    }
  }

  private synchronized void stop(TidingsException ended) {
    error = ended;
    failAll(ended);
  }

  private void failAll(TidingsException ended) {
    outbox.clear().forEach(entry -> fail(entry, ended));
    notifyAll();
  }

  private void fail(Entry entry, TidingsException refused) {
    entry.outcome.completeExceptionally(refused);
    ForkJoinPool.commonPool().execute(() -> onRefused.accept(entry.event, refused)); // may fail or block
  }

  /** One connection: its window, whether its server stops, and what it ended with. */
  private final class Link implements ClientResponseObserver<PublishEventsRequest, PublishEventsResponse> {
    private ClientCallStreamObserver<PublishEventsRequest> requests;
    private PublishWindow window = PublishWindow.getDefaultInstance();
    private long answerBy = System.nanoTime() + SILENCE_NANOS;
    private boolean isDue = true;
    private boolean isDraining;
    private boolean hasEnded;
    private Throwable failure;

    @Override
    public void beforeStart(ClientCallStreamObserver<PublishEventsRequest> requests) {
      this.requests = requests;
    }

    @Override
    public void onNext(PublishEventsResponse response) {
      synchronized (Producer.this) {
        if (hasEnded || isAbandoned) {
          return;
        }
        isDue = false;
        stale = "";
        pauseMs = FIRST_PAUSE_MS;
        response.getAcknowledgementsList().forEach(told -> settle(outbox.acknowledged(), told));
        window = response.hasWindow() ? response.getWindow() : window;
        isDraining |= response.getIsDraining();
        answerBy = System.nanoTime() + SILENCE_NANOS;
        Producer.this.notifyAll();
      }
    }

    @Override
    public void onError(Throwable ended) {
      end(ended);
    }

    @Override
    public void onCompleted() {
      end(null);
    }

    private void end(Throwable ended) {
      synchronized (Producer.this) {
        failure = hasEnded ? failure : ended;
        hasEnded = true;
        Producer.this.notifyAll();
      }
    }
  }
}
