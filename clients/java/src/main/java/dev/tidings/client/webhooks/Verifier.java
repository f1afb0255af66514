package dev.tidings.client.webhooks;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.GsonBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Verifies requests by any of several secrets: two are in force for 24 h after a rotation.
 *
 * <p>The body must be the bytes as they came: whoever parses JSON and prints it again has other bytes, and no signature
 * fits them.
 */
public final class Verifier {
  /** How far the time of a request may be from now, either way; retries are signed anew. */
  public static final Duration TOLERANCE = Duration.ofSeconds(300);

  private static final String PREFIX = "whsec_";
  private static final TypeAdapter<JsonElement> JSON =
      new GsonBuilder().setStrictness(Strictness.STRICT).disableHtmlEscaping().serializeNulls().create().getAdapter(JsonElement.class);

  private final List<byte[]> keys = new ArrayList<>();
  private final List<byte[]> misread = new ArrayList<>();
  private final Clock clock;

  /** A verifier by secrets, each a sharedSecret as it was set, or a signingSecret ({@code whsec_…}). */
  public Verifier(String... secrets) {
    this(Clock.systemUTC(), Arrays.asList(secrets));
  }

  /** The same with a clock of one's own, for tests. */
  public Verifier(Clock clock, List<String> secrets) {
    this.clock = clock;
    if (secrets.isEmpty()) {
      throw new IllegalArgumentException("A verifier needs at least one secret.");
    }
    for (String secret : secrets) {
      keys.add(key(secret));
      misread(secret).ifPresent(misread::add);
    }
  }

  /** The notification of a request, by its headers, their names in any case, and the bytes of its body. */
  public Notification verify(Map<String, ? extends Collection<String>> headers, byte[] body) throws VerificationException {
    Map<String, String> given = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.forEach((name, values) -> given.put(name, String.join(",", values)));
    Signature signed = Signature.of(given);
    if (!signed.fits(keys, body)) {
      throw mismatch(signed, body);
    }
    Duration age = Duration.between(signed.sentAt(), Instant.now(clock));
    if (age.compareTo(TOLERANCE) > 0) {
      throw new VerificationException("stale", "It was signed " + age + " ago: recorded and sent again, or a wrong clock.");
    }
    if (age.negated().compareTo(TOLERANCE) > 0) {
      throw new VerificationException("early", "It was signed " + age.negated() + " from now: this machine's clock is behind.");
    }
    return notification(given.getOrDefault("webhook-id", ""), body);
  }

  /** The error that names the likely cause. */
  private VerificationException mismatch(Signature signed, byte[] body) {
    if (signed.fits(misread, body)) {
      return new VerificationException(
          "secret_form",
          "The secret is right but in the wrong form: pass sharedSecret as it was set, or signingSecret with its whsec_.");
    }
    if (parsed(body).map(json -> signed.fits(keys, bytes(JSON.toJson(json)))).orElse(false)) {
      return new VerificationException(
          "parsed_body", "The body was parsed before it came here: pass the bytes of the request, before any JSON converter.");
    }
    return new VerificationException("mismatch", "No secret fits: it is another subscription's, or the body was changed on its way.");
  }

  static byte[] key(String secret) {
    if (secret == null || secret.isEmpty()) {
      throw new IllegalArgumentException("A secret is empty: an environment variable may be unset.");
    }
    if (!secret.startsWith(PREFIX)) {
      return bytes(secret);
    }
    try {
      return Base64.getDecoder().decode(secret.substring(PREFIX.length()));
    } catch (IllegalArgumentException error) {
      throw new IllegalArgumentException("A secret that begins with whsec_ must go on in base64: a part of it may be missing.");
    }
  }

  /** The key in the form that people take it for. */
  private static Optional<byte[]> misread(String secret) {
    try {
      return Optional.of(secret.startsWith(PREFIX) ? bytes(secret) : Base64.getDecoder().decode(secret));
    } catch (IllegalArgumentException error) {
      return Optional.empty();
    }
  }

  private static Optional<JsonElement> parsed(byte[] body) {
    try {
      return Optional.ofNullable(JSON.fromJson(new String(body, StandardCharsets.UTF_8)));
    } catch (java.io.IOException | JsonParseException error) {
      return Optional.empty();
    }
  }

  private static Notification notification(String id, byte[] body) {
    JsonObject told = parsed(body).filter(JsonElement::isJsonObject).map(JsonElement::getAsJsonObject).orElseGet(JsonObject::new);
    if (told.has("specversion") && told.get("data") instanceof JsonObject data) {
      told = data;
    }
    String eventId = text(told, "eventId");
    boolean isTest = told.has("isTest") && told.get("isTest").isJsonPrimitive() && told.get("isTest").getAsBoolean();
    return new Notification(id.isEmpty() ? eventId : id, body, eventId, text(told, "topic"), text(told, "entityId"), isTest);
  }

  private static String text(JsonObject told, String name) {
    return told.has(name) && told.get(name).isJsonPrimitive() ? told.get(name).getAsString() : "";
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
