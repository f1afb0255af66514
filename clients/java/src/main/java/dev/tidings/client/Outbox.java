package dev.tidings.client;

import dev.tidings.collector.v1.Event;
import dev.tidings.collector.v1.PublishWindow;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Events of a producer in the order in which they are to be stored. */
final class Outbox {
  private static final int MAX_EVENTS = 10_000;
  private static final long MAX_BYTES = 16 << 20;
  // Of one message; the server takes 1,000 events and 1 MiB.
  private static final int MESSAGE_EVENTS = 500;
  private static final int MESSAGE_BYTES = 512 << 10;

  /** An event with its size, the instant (nanoseconds) at which it is given up, and its outcome. */
  static final class Entry {
    final Event event;
    final int size;
    final long until;
    final CompletableFuture<Published> outcome = new CompletableFuture<>();
    long dueAt;

    Entry(Event event, long until) {
      this.event = event;
      this.size = event.getSerializedSize();
      this.until = until;
    }
  }

  private final Deque<Entry> waiting = new ArrayDeque<>();
  private final Deque<Entry> sent = new ArrayDeque<>();
  private final List<Entry> putOff = new ArrayList<>();
  private long sentBytes;
  private long bytes;

  int size() {
    return waiting.size() + sent.size() + putOff.size();
  }

  boolean isFull() {
    return size() >= MAX_EVENTS || bytes >= MAX_BYTES;
  }

  /** Whether acknowledgements are to come. */
  boolean hasSent() {
    return !sent.isEmpty();
  }

  List<Entry> all() {
    List<Entry> all = new ArrayList<>(sent);
    all.addAll(waiting);
    all.addAll(putOff);
    return all;
  }

  void add(Entry entry) {
    waiting.addLast(entry);
    bytes += entry.size;
  }

  /** The events to be sent next, as far as the window allows; they count as sent. */
  List<Event> nextMessage(PublishWindow window, long now) {
    recall(now);
    List<Event> events = new ArrayList<>();
    int size = 0;
    while (!waiting.isEmpty() && events.size() < MESSAGE_EVENTS && sent.size() < window.getEvents()) {
      Entry entry = waiting.peekFirst();
      boolean isBeyond = !sent.isEmpty() && sentBytes + entry.size > window.getBytes();
      if (isBeyond || (size > 0 && size + entry.size > MESSAGE_BYTES)) {
        break;
      }
      sent.addLast(waiting.removeFirst());
      sentBytes += entry.size;
      size += entry.size;
      events.add(entry.event);
    }
    return events;
  }

  /** The entry whose acknowledgement is next to come, which leaves. */
  Entry acknowledged() {
    Entry entry = sent.removeFirst();
    sentBytes -= entry.size;
    bytes -= entry.size;
    return entry;
  }

  /** Take an entry back, to be sent again at an instant. */
  void putOff(Entry entry, long dueAt) {
    entry.dueAt = dueAt;
    putOff.add(entry);
    bytes += entry.size;
  }

  /** Let all that was sent be sent again, first. */
  void rewind() {
    while (!sent.isEmpty()) {
      waiting.addFirst(sent.removeLast());
    }
    sentBytes = 0;
  }

  /** The entries that are given up by now, which leave; call it while nothing is sent. */
  List<Entry> expired(long now) {
    rewind();
    List<Entry> gone = new ArrayList<>();
    for (Iterable<Entry> entries : List.of(waiting, putOff)) {
      for (Iterator<Entry> each = entries.iterator(); each.hasNext(); ) {
        Entry entry = each.next();
        if (entry.until - now <= 0) {
          each.remove();
          bytes -= entry.size;
          gone.add(entry);
        }
      }
    }
    return gone;
  }

  /** All entries, which leave. */
  List<Entry> clear() {
    List<Entry> all = all();
    waiting.clear();
    sent.clear();
    putOff.clear();
    sentBytes = 0;
    bytes = 0;
    return all;
  }

  /** Nanoseconds until the next event that was put off is to be sent; {@code atMost} where that is sooner. */
  long nanosToNext(long now, long atMost) {
    return putOff.stream().mapToLong(entry -> entry.dueAt - now).reduce(atMost, Math::min);
  }

  private void recall(long now) {
    for (int at = putOff.size() - 1; at >= 0; at--) {
      if (putOff.get(at).dueAt - now <= 0) {
        waiting.addFirst(putOff.remove(at));
      }
    }
  }
}
