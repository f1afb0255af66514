import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Receiver {
  url: string;
  got: string[];
  close: () => void;
}

/** A webhook's receiver: at `/well` it takes everything; elsewhere pings alone, and refuses the rest with `text`. */
export async function receiver(text: string): Promise<Receiver> {
  const got: string[] = [];
  let pings = 0;
  return await listening((path, body, answer) => {
    const isWell = path === "/well" || pings === 0;
    pings += 1;
    if (isWell) got.push(body);
    answer(isWell ? 200 : 500, isWell ? "" : text);
  }, got);
}

/** A receiver that answers its first ping, and fails then until `isBack` is set, and takes everything then. */
export async function failer(): Promise<Receiver & { isBack: boolean }> {
  const got: string[] = [];
  const self = { isBack: false };
  let pings = 0;
  const made = await listening((_, body, answer) => {
    const isWell = self.isBack || pings === 0;
    pings += 1;
    if (isWell) got.push(body);
    answer(isWell ? 200 : 503, "");
  }, got);
  return Object.assign(self, made);
}

/** A page on an origin of its own. */
export async function page(html: string): Promise<Receiver> {
  return await listening((_, __, answer) => answer(200, html), []);
}

type Handler = (path: string, body: string, answer: (status: number, text: string) => void) => void;

async function listening(handle: Handler, got: string[]): Promise<Receiver> {
  const server = createServer((request, answer) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      handle(request.url ?? "", Buffer.concat(parts).toString(), (status, text) => {
        answer.writeHead(status, { "content-type": "text/html" });
        answer.end(text);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, got, close: () => server.close() };
}
