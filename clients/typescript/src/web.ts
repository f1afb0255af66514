import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";

/**
 * gRPC-web, from browsers. `baseUrl`: that of REST, such as `https://events.shop.example`; a page of another origin must be
 * in the server's `TIDINGS_CORS_ORIGINS`.
 */
export function grpcWeb(baseUrl: string): Transport {
  return createGrpcWebTransport({ baseUrl, useBinaryFormat: true });
}

/** The same by the Connect protocol. */
export function connect(baseUrl: string): Transport {
  return createConnectTransport({ baseUrl, useBinaryFormat: true });
}
