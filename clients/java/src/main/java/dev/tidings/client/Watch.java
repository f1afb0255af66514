package dev.tidings.client;

import dev.tidings.client.TidingsException.Kind;
import dev.tidings.collector.v1.EventServiceGrpc.EventServiceBlockingStub;
import dev.tidings.collector.v1.WatchEventsRequest;
import dev.tidings.collector.v1.WatchEventsResponse;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.StatusRuntimeException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The endless stream of events after a position as they are stored, each with its own position.
 *
 * <p>After a lost connection it resumes behind the last event that was returned, so that none is missed or repeated. It
 * throws permanent errors, and ends when it is closed, by any thread.
 */
public final class Watch implements Iterator<WatchEventsResponse>, AutoCloseable {
  // The server sends a heartbeat every 15 s; after three missed ones the connection is taken for dead.
  private static final long SILENCE_S = 45;
  private static final long FIRST_PAUSE_MS = 100;
  private static final long LONGEST_PAUSE_MS = 5_000;
  private static final ScheduledExecutorService TIMER =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "tidings-watch");
            thread.setDaemon(true);
            return thread;
          });

  private final EventServiceBlockingStub stub;
  private WatchEventsRequest asked;
  private long pauseMs = FIRST_PAUSE_MS;
  private boolean hasReceived;
  private Iterator<WatchEventsResponse> answers;
  private WatchEventsResponse found;
  private volatile CancellableContext connection;
  private volatile boolean isClosed;

  Watch(EventServiceBlockingStub stub, WatchEventsRequest request) {
    this.stub = stub;
    this.asked = request;
  }

  @Override
  public boolean hasNext() {
    while (found == null && !isClosed) {
      WatchEventsResponse answer = received();
      if (answer == null) {
        pause();
        continue;
      }
      asked = asked.toBuilder().setAfter(answer.getPosition()).build();
      pauseMs = FIRST_PAUSE_MS;
      found = answer.hasEvent() ? answer : null;
    }
    return found != null;
  }

  @Override
  public WatchEventsResponse next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    WatchEventsResponse next = found;
    found = null;
    return next;
  }

  @Override
  public void close() {
    isClosed = true;
    CancellableContext open = connection;
    if (open != null) {
      open.cancel(null);
    }
  }

  /** The next answer, of a new connection where there is none; null where it ended and another may go on. */
  private WatchEventsResponse received() {
    CancellableContext context = connected();
    ScheduledFuture<?> silent = TIMER.schedule(() -> context.cancel(null), SILENCE_S, TimeUnit.SECONDS);
    try {
      if (answers.hasNext()) {
        hasReceived = true;
        return answers.next();
      }
    } catch (StatusRuntimeException error) {
      TidingsException told = TidingsException.of(error);
      boolean isExpired = told.kind() == Kind.Unauthenticated && hasReceived;
      if (!isClosed && !context.isCancelled() && !isExpired && told.kind() != Kind.Unavailable) {
        disconnect();
        throw told;
      }
    } finally {
      silent.cancel(false);
    }
    disconnect();
    return null;
  }

  private CancellableContext connected() {
    if (answers == null) {
      connection = Context.current().withCancellation();
      hasReceived = false;
      Context before = connection.attach();
      try {
        answers = stub.watchEvents(asked);
      } finally {
        connection.detach(before);
      }
    }
    return connection;
  }

  private void disconnect() {
    CancellableContext ended = connection;
    if (ended != null) {
      ended.cancel(null);
    }
    answers = null;
  }

  private void pause() {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(pauseMs));
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      isClosed = true;
    }
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
