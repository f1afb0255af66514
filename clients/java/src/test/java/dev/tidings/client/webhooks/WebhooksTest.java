package dev.tidings.client.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.RequestEntity;

class WebhooksTest {
  private static JsonObject shared() throws Exception {
    return JsonParser.parseString(Files.readString(Path.of("../conformance/webhooks.json"))).getAsJsonObject();
  }

  private static List<String> texts(JsonElement list) {
    return list.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList();
  }

  @TestFactory
  Stream<DynamicTest> vectors() throws Exception {
    return shared().getAsJsonArray("vectors").asList().stream()
        .map(JsonElement::getAsJsonObject)
        .map(vector -> DynamicTest.dynamicTest(vector.get("name").getAsString(), () -> verify(vector)));
  }

  private static void verify(JsonObject vector) throws Exception {
    Clock clock = Clock.fixed(Instant.ofEpochSecond(vector.get("now").getAsLong()), ZoneOffset.UTC);
    Verifier verifier = new Verifier(clock, texts(vector.get("secrets")));
    Map<String, List<String>> headers = new HashMap<>();
    vector.getAsJsonObject("headers").asMap().forEach((name, value) -> headers.put(name, List.of(value.getAsString())));
    byte[] body = vector.get("body").getAsString().getBytes(UTF_8);
    JsonObject expected = vector.getAsJsonObject("expect");
    if (expected.has("error")) {
      VerificationException error = assertThrows(VerificationException.class, () -> verifier.verify(headers, body));
      assertEquals(expected.get("error").getAsString(), error.reason());
      return;
    }
    Notification seen = verifier.verify(headers, body);
    JsonObject told = new JsonObject();
    told.addProperty("id", seen.id());
    told.addProperty("eventId", seen.eventId());
    told.addProperty("topic", seen.topic());
    told.addProperty("entityId", seen.entityId());
    told.addProperty("isTest", seen.isTest());
    told.addProperty("isPing", seen.isPing());
    assertEquals(expected, told);
  }

  @Test
  void aSecretThatCannotBeOneIsRefusedAtOnce() throws Exception {
    for (JsonElement secrets : shared().getAsJsonArray("badSecrets")) {
      assertThrows(IllegalArgumentException.class, () -> new Verifier(Clock.systemUTC(), texts(secrets)));
    }
  }

  @Test
  void eachNotificationIsHandledOnceAndAFailedOneAgain() {
    List<String> handled = new ArrayList<>();
    boolean[] fails = {true};
    Receiver receiver =
        new Receiver(
            new Verifier("secret"),
            notification -> {
              handled.add(notification.id());
              if (fails[0]) {
                throw new IllegalStateException("not now");
              }
            });
    assertEquals(500, post(receiver, "m-1", "{}"));
    fails[0] = false;
    assertEquals(204, post(receiver, "m-1", "{}"));
    assertEquals(204, post(receiver, "m-1", "{}"));
    assertEquals(List.of("m-1", "m-1"), handled);
    assertEquals(204, post(receiver, "p-1", "{\"topic\":\"application.ping\"}"));
    assertEquals(2, handled.size());
    assertEquals(401, receiver.receive(Map.of(), new byte[0]));
    assertEquals(413, post(receiver, "m-2", "x".repeat(Receiver.MAX_BODY_BYTES + 1)));
  }

  @Test
  void springHandsOverTheBytes() {
    Receiver receiver = new Receiver(new Verifier("secret"), notification -> {});
    HttpHeaders headers = new HttpHeaders();
    headers.putAll(Signature.sign("secret", "{}".getBytes(UTF_8), "m-1", Instant.now()));
    RequestEntity<byte[]> request = RequestEntity.post("/tidings").headers(headers).body("{}".getBytes(UTF_8));
    assertEquals(204, SpringWebhooks.receive(receiver, request).getStatusCode().value());
  }

  private static int post(Receiver receiver, String id, String body) {
    return receiver.receive(Signature.sign("secret", body.getBytes(UTF_8), id, Instant.now()), body.getBytes(UTF_8));
  }
}
