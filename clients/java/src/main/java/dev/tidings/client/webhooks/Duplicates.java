package dev.tidings.client.webhooks;

import java.util.LinkedHashMap;
import java.util.Map;

/** Ids of notifications that were handled. A receiver of several processes needs one that they share. */
public interface Duplicates {
  /** What is known of an id: it is begun now, it was handled before, or somebody is at it. */
  enum State {
    NEW,
    HANDLED,
    RUNNING
  }

  /** Begin to handle an id. */
  State begin(String id);

  /** Keep the id, or forget it where the handler failed. */
  void end(String id, boolean handled);

  /** The last {@code capacity} ids of this process. */
  static Duplicates remembered(int capacity) {
    Map<String, Boolean> ids =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > capacity;
          }
        };
    return new Duplicates() {
      @Override
      public synchronized State begin(String id) {
        Boolean handled = ids.putIfAbsent(id, false);
        return handled == null ? State.NEW : handled ? State.HANDLED : State.RUNNING;
      }

      @Override
      public synchronized void end(String id, boolean handled) {
        if (handled) {
          ids.put(id, true);
        } else {
          ids.remove(id);
        }
      }
    };
  }
}
