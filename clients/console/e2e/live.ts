import { readFileSync } from "node:fs";
import { test as base, expect, type Page } from "@playwright/test";

/** The live server that `python -m tests.conformance` started, and who may call it. */
export interface Live {
  rest: string;
  /** The server's SQLite file, for what no call can bring about. */
  database: string;
  demo: Record<string, string>;
  stranger: { tenant: string; client_id: string; client_secret: string };
}

const file = process.env.TIDINGS_CONFORMANCE;
if (!file) throw new Error("Run by `make test-console`: TIDINGS_CONFORMANCE names the live server.");
export const live = JSON.parse(readFileSync(file, "utf8")) as Live;

export const CONSOLE = `${live.rest}/console`;

/** Calls the API as the demo tenant; gives the answer's document. */
export async function call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(live.rest + path, {
    method,
    headers: await headersFor(path),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return (text ? JSON.parse(text) : {}) as T;
}

async function headersFor(path: string): Promise<Record<string, string>> {
  const { demo } = live;
  const json = { "content-type": "application/json", accept: "application/json" };
  if (path.startsWith("/v1/")) return { ...json, store: demo.store ?? "", api_key: demo.store_api_key ?? "" };
  if (path.startsWith("/admin/")) return { ...json, authorization: `Bearer ${demo.operator_token}` };
  return { ...json, authorization: `Bearer ${await token()}`, "x-twc-tenant": "demo" };
}

let bought: Promise<string> | undefined;

function token(): Promise<string> {
  bought ??= buy();
  return bought;
}

async function buy(): Promise<string> {
  const { client_id = "", client_secret = "" } = live.demo;
  const form = { grant_type: "client_credentials", client_id, client_secret };
  const answer = await fetch(`${live.rest}/oauth/token`, { method: "POST", body: new URLSearchParams(form) });
  return ((await answer.json()) as { access_token: string }).access_token;
}

export async function signInAsDemo(page: Page, path = ""): Promise<void> {
  await page.goto(CONSOLE + path);
  await page.getByRole("button", { name: "Sign in to the demo" }).click();
  await expect(page.getByText("demo-client", { exact: true })).toBeAttached();
}

/** Also signs an operator in, beside the demo's tenant. */
export async function addOperator(page: Page): Promise<void> {
  const menu = page.getByRole("button", { name: "Menu" });
  if (await menu.isVisible()) await menu.click();
  await page.getByRole("button", { name: "Operator …" }).click();
  await page.getByLabel("Operator", { exact: true }).check();
  await page.getByLabel("Operator's token").fill(live.demo.operator_token ?? "");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("link", { name: "Tenants", includeHidden: true })).toBeAttached();
}

/** A test that fails when the page logs an error, breaks its policy, or asks another origin for anything. */
export const test = base.extend<{ clean: undefined }>({
  clean: [
    async ({ page }, use) => {
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(String(error)));
      page.on("console", (message) => {
        if (/Content Security Policy|TrustedHTML|Trusted Type/i.test(message.text())) faults.push(message.text());
      });
      page.on("request", (request) => {
        const url = request.url();
        if (!url.startsWith(`${live.rest}/`) && !url.startsWith("data:")) faults.push(`asked ${url}`);
      });
      await use(undefined);
      expect(faults).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
