import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A webhook's receiver: at `/well` it takes everything; elsewhere pings alone, and refuses the rest with `text`. */
export async function receiver(text: string): Promise<{ url: string; got: string[]; close: () => void }> {
  const got: string[] = [];
  let pings = 0;
  const server = createServer((request, answer) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const isWell = request.url === "/well" || pings === 0;
      pings += 1;
      if (isWell) got.push(Buffer.concat(parts).toString());
      answer.writeHead(isWell ? 200 : 500, { "content-type": "text/html" });
      answer.end(isWell ? "" : text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, got, close: () => server.close() };
}
