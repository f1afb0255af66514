package dev.tidings.client;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Function;

/** All pages of a list, fetched as they are consumed, in each of the three ways that the five APIs page. */
public final class Pages {
  private Pages() {}

  /** The pages from the one that {@code request} asks for on: {@code for (var page : Pages.of(rules::listRules, ask))}. */
  public static <Q extends Message, P extends Message> Iterable<P> of(Function<Q, P> call, Q request) {
    return () ->
        new Iterator<>() {
          private Q asked = request;

          @Override
          public boolean hasNext() {
            return asked != null;
          }

          @Override
          public P next() {
            if (asked == null) {
              throw new NoSuchElementException();
            }
            P page = TidingsException.call(() -> call.apply(asked));
            asked = turned(asked, page);
            return page;
          }
        };
  }

  /** The request for the page after this one; null where there is none. */
  @SuppressWarnings("unchecked")
  private static <Q extends Message> Q turned(Q request, Message page) {
    Message.Builder next = request.toBuilder();
    if (field(page, "next") != null) {
      String after = (String) page.getField(field(page, "next"));
      return after.isEmpty() ? null : (Q) next.setField(field(request, "after"), after).build();
    }
    boolean counts = field(page, "results") != null;
    int found = page.getRepeatedFieldCount(field(page, counts ? "results" : "items"));
    FieldDescriptor start = field(request, counts ? "start" : "start_index");
    int at = (int) request.getField(start) + found;
    boolean hasMore =
        (boolean) page.getField(field(page, "has_more"))
            || (!counts && at < (int) page.getField(field(page, "total_count")));
    return hasMore && found > 0 ? (Q) next.setField(start, at).build() : null;
  }

  private static FieldDescriptor field(Message message, String name) {
    return message.getDescriptorForType().findFieldByName(name);
  }
}
