package dev.tidings.client.webhooks;

import java.util.Collection;
import java.util.Map;

/**
 * Verifies requests, answers pings, and handles each notification once; {@link WebhookServlet} and {@link SpringWebhooks}
 * serve it.
 *
 * <p>Statuses: 204 where a notification is handled, a ping or a duplicate; 401 not verified; 409 the same one is being
 * handled now; 413 too large; 500 the handler failed. All but 2xx are sent again later.
 */
public final class Receiver {
  /** The largest body that is taken. */
  public static final int MAX_BODY_BYTES = 1 << 20;

  private static final System.Logger LOG = System.getLogger(Receiver.class.getName());

  /** What is done with a notification; whatever it throws, the sender tries again. */
  @FunctionalInterface
  public interface Handler {
    /** Handle one notification. */
    void handle(Notification notification) throws Exception;
  }

  private final Verifier verifier;
  private final Handler handler;
  private final Duplicates duplicates;

  /** A receiver that knows the last 100,000 ids of this process. */
  public Receiver(Verifier verifier, Handler handler) {
    this(verifier, handler, Duplicates.remembered(100_000));
  }

  /** A receiver whose ids stand elsewhere. */
  public Receiver(Verifier verifier, Handler handler, Duplicates duplicates) {
    this.verifier = verifier;
    this.handler = handler;
    this.duplicates = duplicates;
  }

  /** The status for one request, its notification handled before. */
  public int receive(Map<String, ? extends Collection<String>> headers, byte[] body) {
    if (body.length > MAX_BODY_BYTES) {
      return 413;
    }
    Notification notification;
    try {
      notification = verifier.verify(headers, body);
    } catch (VerificationException error) {
      LOG.log(System.Logger.Level.WARNING, "A webhook was refused (" + error.reason() + "): " + error.getMessage());
      return 401;
    }
    if (notification.isPing()) {
      return 204;
    }
    return switch (duplicates.begin(notification.id())) {
      case HANDLED -> 204;
      case RUNNING -> 409;
      case NEW -> handled(notification);
    };
  }

  private int handled(Notification notification) {
    boolean handled = false;
    try {
      handler.handle(notification);
      handled = true;
      return 204;
    } catch (Exception error) {
      LOG.log(System.Logger.Level.ERROR, "The handler failed; the notification will be sent again.", error);
      return 500;
    } finally {
      duplicates.end(notification.id(), handled);
    }
  }
}
