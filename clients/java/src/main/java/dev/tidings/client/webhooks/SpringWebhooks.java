package dev.tidings.client.webhooks;

import org.springframework.http.RequestEntity;
import org.springframework.http.ResponseEntity;

/**
 * A receiver in a Spring controller, which must take the body as bytes.
 *
 * <pre>{@code
 * @PostMapping("/tidings")
 * ResponseEntity<Void> webhook(RequestEntity<byte[]> request) {
 *   return SpringWebhooks.receive(receiver, request);
 * }
 * }</pre>
 */
public final class SpringWebhooks {
  private SpringWebhooks() {}

  /** The answer to one request. */
  public static ResponseEntity<Void> receive(Receiver receiver, RequestEntity<byte[]> request) {
    byte[] body = request.getBody() == null ? new byte[0] : request.getBody();
    return ResponseEntity.status(receiver.receive(request.getHeaders(), body)).build();
  }
}
