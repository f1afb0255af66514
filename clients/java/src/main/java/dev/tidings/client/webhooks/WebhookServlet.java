package dev.tidings.client.webhooks;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A receiver as a servlet, for Tomcat, Jetty and what is built on them. */
public final class WebhookServlet extends HttpServlet {
  private static final long serialVersionUID = 1;

  private final transient Receiver receiver;

  /** A servlet of a receiver. */
  public WebhookServlet(Receiver receiver) {
    this.receiver = receiver;
  }

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
    Map<String, List<String>> headers = new HashMap<>();
    for (String name : Collections.list(request.getHeaderNames())) {
      headers.put(name, Collections.list(request.getHeaders(name)));
    }
    response.setStatus(receiver.receive(headers, request.getInputStream().readNBytes(Receiver.MAX_BODY_BYTES + 1)));
  }
}
