package example;

import dev.tidings.client.webhooks.Receiver;
import dev.tidings.client.webhooks.SpringWebhooks;
import dev.tidings.client.webhooks.Verifier;
import org.springframework.http.RequestEntity;
import org.springframework.http.ResponseEntity;

/** A receiver of webhooks in a Spring controller. */
final class WebhookExample {
  // Snippet begins.
  private final Receiver receiver =
      new Receiver(
          new Verifier(System.getenv("SIGNING_SECRET")),
          notification -> System.out.println(notification.topic() + " " + notification.entityId()));

  // @PostMapping("/tidings"): the body as bytes, so that no converter parses it
  ResponseEntity<Void> webhook(RequestEntity<byte[]> request) {
    return SpringWebhooks.receive(receiver, request);
  }
  // Snippet ends.
}
