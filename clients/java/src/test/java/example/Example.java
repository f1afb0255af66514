package example;

import dev.tidings.client.Credentials;
import dev.tidings.client.TidingsClient;
import dev.tidings.client.TidingsException;
import dev.tidings.collector.v1.Event;
import dev.tidings.collector.v1.EventPayload;
import dev.tidings.collector.v1.EventServiceGrpc;
import dev.tidings.collector.v1.GetEventRequest;

/** Sends one order to a Tidings server and reads it back. */
public final class Example {
  private Example() {}

  public static void main(String[] arguments) {
    var credentials = new Credentials.Client(System.getenv("TIDINGS_CLIENT_ID"), System.getenv("TIDINGS_CLIENT_SECRET"));
    try (var tidings =
        TidingsClient.builder(System.getenv("TIDINGS_TARGET"), credentials).tenant(System.getenv("TIDINGS_TENANT")).build()) {
      Event stored =
          tidings.createEvent(
              Event.newBuilder()
                  .setEntityName("ORDER")
                  .setEntityId("1001")
                  .setEventType(Event.EventType.ENTITY_EVENT)
                  .setEventPayload(
                      EventPayload.newBuilder().setOperation(EventPayload.Operation.CREATE).putKeyAttributes("total", "99.90"))
                  .build());
      var events = EventServiceGrpc.newBlockingStub(tidings.channel());
      Event found = TidingsException.call(() -> events.getEvent(GetEventRequest.newBuilder().setId(stored.getId()).build()));
      System.out.println("stored " + found.getEntityName() + " " + found.getEntityId() + " as " + found.getId());
    }
  }
}
