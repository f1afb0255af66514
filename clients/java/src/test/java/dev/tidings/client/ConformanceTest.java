package dev.tidings.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.tidings.collector.v1.Event;
import dev.tidings.collector.v1.WatchEventsRequest;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServiceDescriptor;
import io.grpc.stub.ClientCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

@EnabledIfEnvironmentVariable(named = "TIDINGS_CONFORMANCE", matches = ".+", disabledReason = "make test-client-java starts the servers")
class ConformanceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Pattern NAME = Pattern.compile("\\{\\{([\\w.]+)}}");
  private static final Map<String, TidingsClient> CLIENTS = new HashMap<>();

  private JsonObject environment;

  @AfterAll
  static void close() {
    CLIENTS.values().forEach(TidingsClient::close);
  }

  @TestFactory
  Stream<DynamicTest> cases() throws Exception {
    environment = read(System.getenv("TIDINGS_CONFORMANCE"));
    return read(environment.get("cases").getAsString()).getAsJsonArray("cases").asList().stream()
        .map(JsonElement::getAsJsonObject)
        .map(each -> DynamicTest.dynamicTest(each.get("name").getAsString(), () -> run(each)));
  }

  private void run(JsonObject each) throws Exception {
    Map<String, String> values = new HashMap<>();
    for (int n = 1; n < 10; n++) {
      values.put("u" + n, UUID.randomUUID().toString());
    }
    environment.getAsJsonObject("demo").asMap().forEach((name, value) -> values.put("env." + name, value.getAsString()));
    for (JsonElement raw : each.getAsJsonArray("steps")) {
      Matcher names = NAME.matcher(raw.toString());
      JsonObject step = JsonParser.parseString(names.replaceAll(found -> Matcher.quoteReplacement(values.get(found.group(1))))).getAsJsonObject();
      JsonObject expected = step.getAsJsonObject("expect");
      if (expected.has("error")) {
        assertPart(told(assertThrows(TidingsException.class, () -> perform(step))), expected.get("error"));
        continue;
      }
      JsonObject answer = perform(step);
      assertPart(answer, expected);
      if (step.has("save")) {
        JsonObject response = answer.getAsJsonObject("response");
        step.getAsJsonObject("save").asMap().forEach((name, field) -> values.put(name, response.get(field.getAsString()).getAsString()));
      }
    }
  }

  private static JsonObject told(TidingsException error) {
    JsonObject told = new JsonObject();
    told.addProperty("kind", error.kind().name());
    told.addProperty("reason", error.reason());
    told.addProperty("requestId", error.requestId());
    error.retryAfter().ifPresent(delay -> told.addProperty("retryAfterS", delay.toMillis() / 1000.0));
    JsonArray fields = new JsonArray();
    JsonArray rules = new JsonArray();
    error.violations().forEach(broken -> { fields.add(broken.field()); rules.add(broken.rule()); });
    told.add("violations", fields);
    told.add("rules", rules);
    return told;
  }

  /** {@code expected} is a part of {@code actual}: objects by their names, lists item by item, scalars by their text. */
  private static void assertPart(JsonElement actual, JsonElement expected) {
    if (expected.isJsonObject()) {
      JsonObject object = actual == null ? new JsonObject() : actual.getAsJsonObject();
      expected.getAsJsonObject().asMap().forEach((name, part) -> assertPart(object.get(name), part));
    } else if (expected.isJsonArray()) {
      assertNotNull(actual);
      assertEquals(expected.getAsJsonArray().size(), actual.getAsJsonArray().size(), actual.toString());
      for (int at = 0; at < expected.getAsJsonArray().size(); at++) {
        assertPart(actual.getAsJsonArray().get(at), expected.getAsJsonArray().get(at));
      }
    } else if (expected instanceof JsonNull) {
      assertEquals(null, actual);
    } else if (expected.getAsString().equals("*")) {
      assertTrue(actual != null && !actual.equals(new JsonPrimitive("")), "something");
    } else {
      assertNotNull(actual, expected.toString());
      assertEquals(expected.getAsString(), actual.getAsString());
    }
  }

  private JsonObject perform(JsonObject step) throws Exception {
    TidingsClient client = client(step.get("as").getAsString(), step.has("server") ? step.get("server").getAsString() : "live");
    return switch (step.get("op").getAsString()) {
      case "publish" -> publish(client, step);
      case "call" -> call(client, step);
      case "create" -> of("response", json(client.createEvent(event(step.get("request")))));
      case "pages" -> pages(client, step);
      case "watch" -> watch(client, step);
      default -> watchCreated(client, step);
    };
  }

  private static JsonObject call(TidingsClient client, JsonObject step) throws Exception {
    MethodDescriptor<Message, Message> method = method(step.get("method").getAsString());
    CallOptions options = step.has("timeoutS")
        ? CallOptions.DEFAULT.withDeadlineAfter((long) (step.get("timeoutS").getAsDouble() * 1000), TimeUnit.MILLISECONDS)
        : CallOptions.DEFAULT;
    if (step.has("idempotencyKey")) {
      options = options.withOption(TidingsClient.IDEMPOTENCY_KEY, step.get("idempotencyKey").getAsString());
    }
    CallOptions chosen = options;
    Message request = request(method, step);
    return of("response", json(TidingsException.call(() -> ClientCalls.blockingUnaryCall(client.channel(), method, chosen, request))));
  }

  /** The outcome of each event that a producer sends; with {@code repeat} how many there were of each kind. */
  private static JsonObject publish(TidingsClient client, JsonObject step) throws Exception {
    Duration timeout = step.has("timeoutS") ? Duration.ofMillis((long) (step.get("timeoutS").getAsDouble() * 1000)) : PATIENCE;
    JsonArray models = step.getAsJsonArray("events");
    int count = step.has("repeat") ? step.get("repeat").getAsInt() : models.size();
    List<Producer.Sent> sent = new ArrayList<>();
    try (Producer producer = client.producer(timeout, (event, refused) -> {})) {
      for (int n = 0; n < count; n++) {
        Event model = event(models.get(n % models.size()));
        sent.add(producer.send(step.has("repeat") ? model.toBuilder().setId(model.getId() + "-" + n).build() : model));
      }
    } catch (TidingsException ended) {
      // Each event says so.
    }
    JsonArray published = new JsonArray();
    Map<String, Integer> kinds = new HashMap<>(Map.of("stored", 0, "duplicates", 0, "refused", 0));
    for (Producer.Sent each : sent) {
      JsonObject outcome = outcome(each);
      published.add(outcome);
      kinds.merge(outcome.has("error") ? "refused" : outcome.get("isDuplicate").getAsBoolean() ? "duplicates" : "stored", 1, Integer::sum);
    }
    JsonObject counts = new JsonObject();
    kinds.forEach(counts::addProperty);
    return step.has("repeat") ? counts : of("published", published);
  }

  private static JsonObject outcome(Producer.Sent sent) throws Exception {
    try {
      Published published = sent.acknowledged().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertEquals(sent.id(), published.id());
      JsonObject outcome = new JsonObject();
      outcome.addProperty("id", published.id());
      outcome.addProperty("isDuplicate", published.isDuplicate());
      return outcome;
    } catch (ExecutionException failed) {
      Throwable cause = failed.getCause();
      return of("error", told((TidingsException) (cause instanceof CompletionException wrapped ? wrapped.getCause() : cause)));
    }
  }

  private static JsonObject pages(TidingsClient client, JsonObject step) throws Exception {
    MethodDescriptor<Message, Message> method = method(step.get("method").getAsString());
    JsonArray values = new JsonArray();
    int until = step.get("until").getAsInt();
    for (Message page : Pages.of((Message asked) -> ClientCalls.blockingUnaryCall(client.channel(), method, CallOptions.DEFAULT, asked), request(method, step))) {
      JsonElement items = json(page).get(step.get("items").getAsString());
      if (items != null) {
        for (JsonElement item : items.getAsJsonArray()) {
          if (values.size() < until) {
            values.add(item.getAsJsonObject().get(step.get("field").getAsString()));
          }
        }
      }
      if (values.size() >= until) {
        break;
      }
    }
    return of("values", values);
  }

  private static JsonObject watch(TidingsClient client, JsonObject step) throws Exception {
    JsonArray ids = new JsonArray();
    try (Watch watch = client.watchEvents(watchRequest(step))) {
      while (ids.size() < step.get("take").getAsInt()) {
        ids.add(watch.next().getEvent().getId());
      }
    }
    return of("ids", ids);
  }

  /** A watch from now on, while events are made: the entity of the first that it sees. */
  private static JsonObject watchCreated(TidingsClient client, JsonObject step) throws Exception {
    Event event = event(step.get("create"));
    Thread making = new Thread(() -> {
      try {
        while (true) {
          client.createEvent(event);
          Thread.sleep(100);
        }
      } catch (InterruptedException | TidingsException error) {
        Thread.currentThread().interrupt();
      }
    });
    making.start();
    try (Watch watch = client.watchEvents(watchRequest(step))) {
      JsonArray ids = new JsonArray();
      ids.add(watch.next().getEvent().getEntityId());
      return of("ids", ids);
    } finally {
      making.interrupt();
      making.join();
    }
  }

  private TidingsClient client(String who, String server) {
    return CLIENTS.computeIfAbsent(who + "@" + server, key -> {
      String target = environment.has(server) ? environment.get(server).getAsString() : "127.0.0.1:1";
      TidingsClient.Builder builder = TidingsClient.builder(target, credentials(who)).timeout(PATIENCE);
      return switch (who) {
        case "client", "reader", "wrongSecret", "wrongToken" -> builder.tenant("demo").build();
        case "wrongTenant", "stranger" -> builder.tenant("stranger").build();
        default -> builder.build();
      };
    });
  }

  private Credentials credentials(String who) {
    Credentials.Client client = new Credentials.Client(demo("client_id"), demo("client_secret"));
    JsonObject stranger = environment.getAsJsonObject("stranger");
    return switch (who) {
      case "client", "wrongTenant" -> client;
      case "reader" -> new Credentials.Client(client.id(), client.secret(), "events:read");
      case "wrongSecret" -> new Credentials.Client(client.id(), "wrong");
      case "wrongToken" -> new Credentials.BearerToken("wrong");
      case "stranger" -> new Credentials.Client(stranger.get("client_id").getAsString(), stranger.get("client_secret").getAsString());
      case "user" -> new Credentials.UserPassword(demo("username"), demo("password"), client);
      case "account" -> new Credentials.UserPassword(demo("account_username"), demo("account_password"), client);
      case "loyaltyKey" -> new Credentials.ApiKey(demo("tenant_id"), demo("api_key"), demo("api_secret"));
      case "wrongLoyaltyKey" -> new Credentials.ApiKey(UUID.randomUUID().toString(), demo("api_key"), demo("api_secret"));
      case "storeKey" -> new Credentials.StoreKey(demo("store"), demo("store_api_key"));
      case "operator" -> new Credentials.BearerToken(demo("operator_token"));
      default -> new Credentials.Anonymous();
    };
  }

  private String demo(String name) {
    return environment.getAsJsonObject("demo").get(name).getAsString();
  }

  @SuppressWarnings("unchecked")
  private static MethodDescriptor<Message, Message> method(String name) throws Exception {
    String[] parts = name.split("/");
    Class<?> stubs = Class.forName("dev." + parts[0] + "Grpc");
    ServiceDescriptor service = (ServiceDescriptor) stubs.getMethod("getServiceDescriptor").invoke(null);
    return service.getMethods().stream()
        .filter(each -> each.getBareMethodName().equals(parts[1]))
        .map(each -> (MethodDescriptor<Message, Message>) (MethodDescriptor<?, ?>) each)
        .findFirst()
        .orElseThrow();
  }

  private static Message request(MethodDescriptor<Message, Message> method, JsonObject step) throws Exception {
    Message prototype = ((PrototypeMarshaller<Message>) method.getRequestMarshaller()).getMessagePrototype();
    return merged(step.get("request"), prototype.newBuilderForType());
  }

  private static Event event(JsonElement json) throws Exception {
    return (Event) merged(json, Event.newBuilder());
  }

  private static WatchEventsRequest watchRequest(JsonObject step) throws Exception {
    return (WatchEventsRequest) merged(step.get("request"), WatchEventsRequest.newBuilder());
  }

  private static Message merged(JsonElement json, Message.Builder builder) throws Exception {
    JsonFormat.parser().merge(json.toString(), builder);
    return builder.build();
  }

  private static JsonObject json(Message message) throws Exception {
    return JsonParser.parseString(JsonFormat.printer().print(message)).getAsJsonObject();
  }

  private static JsonObject of(String name, JsonElement value) {
    JsonObject object = new JsonObject();
    object.add(name, value);
    return object;
  }

  private static JsonObject read(String path) throws Exception {
    return JsonParser.parseString(Files.readString(Path.of(path))).getAsJsonObject();
  }
}
