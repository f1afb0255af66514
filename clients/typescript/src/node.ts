import type { Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

const MAX_MESSAGE_BYTES = 17 * 1024 * 1024;

/** gRPC from Node. `baseUrl`: `http://host:50051`, or `https://…`; `ca`: a PEM of one's own authority. */
export function grpc(baseUrl: string, { ca }: { ca?: string } = {}): Transport {
  return createGrpcTransport({
    baseUrl,
    readMaxBytes: MAX_MESSAGE_BYTES,
    writeMaxBytes: MAX_MESSAGE_BYTES,
    ...(ca ? { nodeOptions: { ca } } : {}),
  });
}
