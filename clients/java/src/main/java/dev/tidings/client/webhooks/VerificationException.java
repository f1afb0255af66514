package dev.tidings.client.webhooks;

/** A request that is not known to come from Tidings. Do not tell the sender more than a 401. */
public final class VerificationException extends Exception {
  private static final long serialVersionUID = 1;

  private final String reason;

  VerificationException(String reason, String message) {
    super(message);
    this.reason = reason;
  }

  /**
   * One word for programs: missing_signature, missing_header, malformed_header, parsed_body, secret_form, mismatch, stale
   * or early.
   */
  public String reason() {
    return reason;
  }
}
