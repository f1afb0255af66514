package example;

import com.sun.net.httpserver.HttpServer;
import dev.tidings.client.webhooks.Receiver;
import dev.tidings.client.webhooks.Verifier;
import java.net.InetSocketAddress;

/** Receives webhooks with the JDK's own server and prints what they are about: SIGNING_SECRET=whsec_… PORT=8000. */
public final class Receive {
  private Receive() {}

  /** Serve until the process ends. */
  public static void main(String[] arguments) throws Exception {
    Receiver receiver =
        new Receiver(
            new Verifier(System.getenv("SIGNING_SECRET")),
            notification -> System.out.println(notification.topic() + " " + notification.entityId()));
    int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "8000"));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext(
        "/tidings",
        exchange -> {
          byte[] body = exchange.getRequestBody().readNBytes(Receiver.MAX_BODY_BYTES + 1);
          exchange.sendResponseHeaders(receiver.receive(exchange.getRequestHeaders(), body), -1);
          exchange.close();
        });
    server.start();
    Thread.currentThread().join();
  }
}
