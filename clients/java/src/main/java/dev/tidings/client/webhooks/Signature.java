package dev.tidings.client.webhooks;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What a request claims: its values, each of which {@code digest} may give for one of the keys. */
public record Signature(Instant sentAt, List<String> values, BiFunction<byte[], byte[], String> digest) {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US).withZone(ZoneOffset.UTC);

  /** The headers that Tidings would send with a body, for tests of a receiver. */
  public static Map<String, List<String>> sign(String secret, byte[] body, String messageId, Instant at) {
    byte[] key = Verifier.key(secret);
    String timestamp = Long.toString(at.getEpochSecond());
    String date = DATE.format(at);
    return Map.of(
        "date", List.of(date),
        "webhook-id", List.of(messageId),
        "webhook-timestamp", List.of(timestamp),
        "webhook-signature", List.of("v1," + standard(key, messageId + "." + timestamp + ".", body)),
        "x-vol-hmac-sha256", List.of(vol(key, date, body)));
  }

  static Signature of(Map<String, String> headers) throws VerificationException {
    if (headers.containsKey("webhook-signature")) {
      String id = required(headers, "webhook-id");
      String timestamp = required(headers, "webhook-timestamp");
      if (!timestamp.matches("[0-9]{1,12}")) {
        throw new VerificationException("malformed_header", "webhook-timestamp is no number of seconds.");
      }
      List<String> values =
          Arrays.stream(headers.get("webhook-signature").split(" "))
              .filter(each -> each.startsWith("v1,"))
              .map(each -> each.substring(3))
              .toList();
      Instant at = Instant.ofEpochSecond(Long.parseLong(timestamp));
      return new Signature(at, values, (key, body) -> standard(key, id + "." + timestamp + ".", body));
    }
    if (!headers.containsKey("x-vol-hmac-sha256")) {
      throw new VerificationException(
          "missing_signature",
          "No webhook-signature and no x-vol-hmac-sha256: a proxy dropped them, or it is not from Tidings.");
    }
    String date = required(headers, "date");
    List<String> values = Arrays.stream(headers.get("x-vol-hmac-sha256").split(",")).map(String::trim).toList();
    try {
      return new Signature(ZonedDateTime.parse(date, DATE).toInstant(), values, (key, body) -> vol(key, date, body));
    } catch (DateTimeParseException error) {
      throw new VerificationException("malformed_header", "Date is no date of RFC 1123.");
    }
  }

  /** Compares every pair in full, so that the time tells nothing. */
  boolean fits(List<byte[]> keys, byte[] body) {
    boolean found = false;
    for (byte[] key : keys) {
      byte[] expected = digest.apply(key, body).getBytes(StandardCharsets.UTF_8);
      for (String value : values) {
        found |= MessageDigest.isEqual(value.getBytes(StandardCharsets.UTF_8), expected);
      }
    }
    return found;
  }

  private static String standard(byte[] key, String signed, byte[] body) {
    if (key.length == 0) {
      return "";
    }
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      mac.update(signed.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(mac.doFinal(body));
    } catch (GeneralSecurityException error) {
      throw new IllegalStateException(error);
    }
  }

  /** The value of x-vol-hmac-sha256: no HMAC, despite its name. */
  private static String vol(byte[] key, String date, byte[] body) {
    String doubled = Base64.getEncoder().encodeToString(sha256(key, key));
    return Base64.getEncoder().encodeToString(sha256((doubled + date).getBytes(StandardCharsets.UTF_8), body));
  }

  private static byte[] sha256(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      Arrays.stream(parts).forEach(digest::update);
      return digest.digest();
    } catch (GeneralSecurityException error) {
      throw new IllegalStateException(error);
    }
  }

  private static String required(Map<String, String> headers, String name) throws VerificationException {
    String value = headers.getOrDefault(name, "");
    if (value.isEmpty()) {
      throw new VerificationException("missing_header", name + " is not there: it belongs to the signature.");
    }
    return value;
  }
}
