package dev.tidings.client.webhooks;

/**
 * A verified webhook. {@code id} is the same when it is sent again, and another one on a replay; the event's fields are
 * what push notifications have, and empty in others.
 */
public record Notification(String id, byte[] body, String eventId, String topic, String entityId, boolean isTest) {
  /** Whether it only asks if somebody is there: answer 2xx and do nothing. */
  public boolean isPing() {
    return topic.equals("application.ping");
  }
}
