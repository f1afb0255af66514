import { readFileSync } from "node:fs";
import { addOperator, CONSOLE, call, expect, live, signInAsDemo, test } from "./live";
import { page as servedPage } from "./receiver";
import { deadLetter } from "./strange";

const example = (path: string) => JSON.parse(readFileSync(`../../examples/${path}`, "utf8")) as Record<string, unknown>;
const uuid = () => crypto.randomUUID();

test("the overview counts what came in", async ({ page }) => {
  const events = Array.from({ length: 20 }, (_, n) => ({
    event_type: "ENTITY_EVENT",
    entity_name: "ORDER",
    entity_id: `o${n}`,
  }));
  await call("POST", "/api/v1/events/batch", { events });
  await signInAsDemo(page);
  await expect(page.locator(".tile", { hasText: "Events in" }).locator("b")).toHaveText(/^[1-9]/);
  await page.getByText("As a table").click();
  await expect(page.getByRole("columnheader", { name: "Events" })).toBeVisible();
});

test("a rule is back-tested and activated, and the customer's ledger shows what it gave", async ({ page }) => {
  const rule = await call<{ ruleId: string; name: string }>(
    "POST",
    "/api/v1/rules",
    example("loyalty/rules/01-sign-up-bonus.json"),
  );
  const customerId = uuid();
  const action = { customerId, nameSpace: "Customer.Registration", action: { count: 1 } };
  await call("POST", "/api/v1/events/actions", { ...action, eventId: uuid() });
  await signInAsDemo(page, "/loyalty/rules");
  await page.getByRole("link", { name: rule.name }).first().click();
  await page.getByRole("button", { name: "Run over the past" }).click();
  const outcome = page.getByLabel("Outcome of the backtest");
  await expect(outcome).toContainText(/[1-9]\d* points/);
  await expect(outcome.getByRole("heading", { name: "Points a day" })).toBeVisible();
  await page.getByRole("link", { name: "Workflows" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Workflows" })).toBeVisible();
  await page.goBack();
  await expect(outcome.getByRole("link", { name: customerId })).toBeVisible();
  await page.getByRole("button", { name: "Activate" }).click();
  await page
    .getByRole("dialog")
    .getByLabel(/to go on/)
    .fill(rule.name);
  await page.getByRole("dialog").getByRole("button", { name: "Activate" }).click();
  await expect(page.getByText("active", { exact: true })).toBeVisible();
  const second = uuid();
  await call("POST", "/api/v1/events/actions", { ...action, customerId: second, eventId: uuid() });
  await page.getByRole("link", { name: "Customers" }).click();
  await page.getByRole("link", { name: second }).click();
  await expect(page.getByRole("row", { name: /earned 500 500/ })).toBeVisible();
});

test("a workflow is drawn, simulated and compared with its version before", async ({ page }) => {
  const workflow = example("workflows/order.json");
  await call("PUT", "/api/v4.1/workflow/ORDER::HD", workflow);
  const [first, ...rest] = workflow.rulesets as Record<string, unknown>[];
  await call("PUT", "/api/v4.1/workflow/ORDER::HD", {
    ...workflow,
    rulesets: [{ ...first, description: "another" }, ...rest],
  });
  await signInAsDemo(page, "/workflows");
  await page.getByRole("link", { name: "ORDER::HD" }).first().click();
  await expect(page.getByRole("img", { name: /states/ })).toBeVisible();
  await page.getByLabel("Retailer").fill(live.demo.retailer_id ?? "");
  await page.getByLabel("Attributes, as JSON").fill('{"total": 2000.0, "items": []}');
  await page.getByRole("button", { name: "Simulate" }).click();
  await expect(page.getByLabel("Outcome of the simulation")).toContainText("ON_HOLD");
  await page.getByRole("button", { name: "Compare" }).first().click();
  await expect(page.getByLabel("Differences")).toContainText("ORDER CREATE: changed");
  await expect(page.getByLabel(/ORDER CREATE in version/).filter({ hasText: "another" })).toBeVisible();
});

test("a schedule shows its next fire times and the mail, and runs now", async ({ page }) => {
  const trigger = { cron: "0 7 * * 1-5", timezone: "Europe/Stockholm" };
  const action = { to: "team@example.com", subject: "Good morning", body: "Up!" };
  await call("POST", "/v1/events", { triggerType: "TIME", trigger, actionType: "SEND_EMAIL", action });
  await signInAsDemo(page, "/schedules");
  await expect(page.getByRole("heading", { name: /send email/ }).last()).toBeVisible();
  await page.getByRole("button", { name: "Details" }).last().click();
  await expect(page.getByText("Fires next, Europe/Stockholm")).toBeVisible();
  await expect(page.getByText("Good morning").first()).toBeVisible();
  await page.getByRole("button", { name: "Run now" }).last().click();
  await expect(page.getByText("It runs.")).toBeVisible();
});

test("a run of 100,000 records is drawn row by row, failed ones first", async ({ page }) => {
  const record = (id: number) => ({
    id: `r${id}`,
    name: `record ${id}`,
    category: "rule",
    eventStatus: id % 50_000 === 7 ? "FAILED" : "SUCCESS",
    generatedOn: "2026-01-01T00:00:00.000Z",
  });
  const audits = Array.from({ length: 100_000 }, (_, id) => record(id));
  const trace = { event: { ...record(-1), name: "CREATE" }, audits, sent: [], changes: [], deliveries: [] };
  await page.route("**/api/v4.1/event/*/trace", (route) => route.fulfill({ json: trace }));
  await signInAsDemo(page, "/workflows/runs/large");
  await expect(page.getByText("100,001 records, 2 of them failed")).toBeVisible();
  const table = page.getByRole("table", { name: "Timeline" });
  await expect(table.getByRole("row").nth(1)).toContainText("record 7");
  await expect(table.getByRole("row").nth(2)).toContainText("record 50007");
  await table.locator(".grid-body").evaluate((body) => body.scrollTo(0, body.scrollHeight));
  await expect(table.getByText("record 99999")).toBeVisible();
  expect(await table.getByRole("row").count()).toBeLessThan(100);
  await page.getByRole("button", { name: "Failed ones first" }).click();
  await table.locator(".grid-body").evaluate((body) => body.scrollTo(0, 0));
  await expect(table.getByRole("row").nth(1)).toContainText("CREATE");
});

const MAIL = `<html><head><style>@import url(https://evil.example/x.css);</style><base href="https://evil.example/"></head>
<body onload="top.document.title='broken'"><h1 style="color: rgb(200, 0, 0); background: url(https://evil.example/b.png)">
Prices fell</h1><script>top.document.title='broken'</script><img src="https://evil.example/p.png" alt="a picture">
<a href="javascript:top.document.title='broken'">to the shop</a><form action="https://evil.example/"><input name="q"></form>
<svg><script>top.document.title='broken'</script></svg><iframe src="https://evil.example/"></iframe></body></html>`;

test("the HTML of a mail is drawn in a frame where nothing runs and nothing is loaded", async ({ page }) => {
  const trigger = { cron: "0 7 * * *", timezone: "Europe/Stockholm" };
  const action = { to: "team@example.com", subject: "Prices", body: "Prices fell" };
  await call("POST", "/v1/events", { triggerType: "TIME", trigger, actionType: "SEND_EMAIL", action });
  await page.route("**/v1/events/*/preview", (route) =>
    route.fulfill({
      json: {
        fireTimes: ["2026-03-28T06:00:00Z", "2026-03-29T05:00:00Z"],
        mails: [{ to: "team@example.com", subject: "Prices", text: "Prices fell", html: MAIL }],
      },
    }),
  );
  await signInAsDemo(page, "/schedules");
  await expect(page.getByRole("heading", { name: /send email/ }).last()).toBeVisible();
  await page.getByRole("button", { name: "Details" }).last().click();
  await expect(page.getByRole("table", { name: /March 2026/ }).locator("td.fires")).toHaveText(["2807:00", "2907:00"]);
  await page.getByText("Prices to team@example.com").click();
  const frame = page.frameLocator('iframe[title="Mail: Prices"]');
  await expect(frame.getByRole("heading", { name: "Prices fell" })).toHaveCSS("color", "rgb(200, 0, 0)");
  await expect(frame.getByText("to the shop")).toBeVisible();
  expect(await frame.locator("script, form, input, iframe, svg, style, base, img[src]").count()).toBe(0);
  expect(await frame.locator("a[href]").count()).toBe(0);
  expect(await page.title()).toMatch(/Tidings$/);
});

test("an operator sees tenants, their use and the audit trail as sentences", async ({ page }) => {
  await signInAsDemo(page);
  await addOperator(page);
  await page.getByRole("link", { name: "Tenants" }).click();
  await expect(page.getByText(/demo-operator created tenant/).first()).toBeVisible();
  await page.getByRole("link", { name: "demo", exact: true }).click();
  await expect(page.getByText("Quotas and their use")).toBeVisible();
  await expect(page.getByText("demo-client").first()).toBeVisible();
});

test("an operator sees how far each consumer is, and what is stored", async ({ page }) => {
  await signInAsDemo(page);
  await addOperator(page);
  await page.getByRole("link", { name: "Overview" }).click();
  const consumers = page.getByRole("table", { name: "Consumers of the log" });
  await expect(consumers.getByRole("row", { name: /router/ })).toBeVisible();
  await expect(consumers.getByRole("row", { name: /loyalty 0 up to date/ })).toBeVisible();
  await expect(page.locator(".tile", { hasText: "Stored" }).locator("b")).toHaveText(/[KMG]iB/);
});

test("an operator sets quotas, and has a person erased, who must be named", async ({ page }) => {
  const customerId = uuid();
  const action = { customerId, nameSpace: "Erasure", action: { count: 1 }, eventId: uuid() };
  await call("POST", "/api/v1/events/actions", action);
  await signInAsDemo(page);
  await addOperator(page);
  await page.getByRole("link", { name: "Tenants" }).click();
  await page.getByRole("link", { name: "demo", exact: true }).click();
  await page.getByText("Set the quotas").click();
  await page.getByLabel("Most subscriptions").fill("many");
  await page.getByRole("button", { name: "Set", exact: true }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Most subscriptions").fill("500");
  await page.getByRole("button", { name: "Set", exact: true }).click();
  await expect(page.getByText("of 500")).toBeVisible();
  await page.getByLabel("Ids of customers").fill(customerId);
  await page.getByRole("button", { name: "Export", exact: true }).click();
  await expect(page.getByText(/[1-9]\d* records name this person/)).toBeVisible();
  await page.getByRole("button", { name: "Erase this person" }).click();
  const dialog = page.getByRole("dialog", { name: "Erase this person?" });
  await dialog.getByLabel(/to go on/).fill("another");
  await expect(dialog.getByRole("button", { name: "Erase this person" })).toBeDisabled();
  await dialog.getByLabel(/to go on/).fill(customerId);
  await dialog.getByRole("button", { name: "Erase this person" }).click();
  await page.getByRole("link", { name: "Overview" }).click();
  await page.goBack();
  await expect(page.getByText("The erasure is done.")).toBeVisible();
});

test("who may only read is offered nothing else", async ({ page }) => {
  const client = await call<{ clientId: string; clientSecret: string }>("POST", "/admin/v1/clients", {
    tenantId: "demo",
    grants: ["read-only"],
  });
  await page.goto(`${CONSOLE}/subscriptions`);
  await page.getByLabel("Tenant").fill("demo");
  await page.getByLabel("Client id").fill(client.clientId);
  await page.getByLabel("Client secret").fill(client.clientSecret);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Subscriptions" })).toBeVisible();
  await expect(page.getByText("New webhook")).toHaveCount(0);
  for (const screen of ["Deliveries", "Loyalty", "Workflows", "Schedules and jobs", "Events"]) {
    await page.getByRole("link", { name: screen, exact: true }).click();
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByRole("button", { name: /^(Send|Run now|Activate|Switch|Count)/ })).toHaveCount(0);
  }
});

test("a portal link stands in a frame of its origin alone, and shows one application's webhooks", async ({
  browser,
}) => {
  const make = (endpoint: string, appId?: string) =>
    call<{ id: string }>("POST", "/api/event/push/subscriptions", {
      endpoint,
      topics: ["price.*"],
      noCallback: true,
      ...(appId ? { appId } : {}),
    });
  const made = [await make("https://shop.example/own", "framed"), await make("https://shop.example/others", "other")];
  const frames: { link: string } = { link: "" };
  const shop = await servedPage('<!doctype html><iframe title="portal" width="900" height="700"></iframe>');
  const other = await servedPage('<!doctype html><iframe title="portal" width="900" height="700"></iframe>');
  const body = { application: "framed", frameOrigin: shop.url, readOnly: true };
  frames.link = (await call<{ url: string }>("POST", "/admin/v1/tenants/demo/portal", body)).url;
  const page = await browser.newPage();
  const embed = async (origin: string) => {
    await page.goto(origin);
    await page.evaluate((src) => document.querySelector("iframe")?.setAttribute("src", src), frames.link);
    return page.frameLocator("iframe");
  };
  const framed = await embed(shop.url);
  await expect(framed.getByRole("link", { name: "https://shop.example/own" })).toBeVisible();
  await expect(framed.getByText("https://shop.example/others")).toHaveCount(0);
  await framed.getByRole("link", { name: "https://shop.example/own" }).click();
  await expect(framed.getByRole("heading", { level: 1, name: "https://shop.example/own" })).toBeVisible();
  await expect(framed.getByRole("button", { name: /Send|Delete|Rotate/ })).toHaveCount(0);
  const refused = page.waitForEvent("console", (said) => said.text().includes("frame-ancestors"));
  const blocked = await embed(other.url);
  await refused;
  await expect(blocked.getByRole("heading", { name: "Subscriptions" })).toHaveCount(0);
  await page.close();
  for (const { id } of made) await call("DELETE", `/api/event/push/subscriptions/${id}`);
  shop.close();
  other.close();
});

test("a portal link shows a tenant's webhooks, and cannot see another tenant", async ({ page }) => {
  const hidden = await call<{ id: string }>("POST", "/api/event/push/subscriptions", {
    endpoint: "https://demo.example/hidden",
    topics: ["price.*"],
    noCallback: true,
  });
  const { tenants } = await call<{ tenants: { id: string; name: string }[] }>("GET", "/admin/v1/tenants");
  const stranger = tenants.find((one) => one.name === live.stranger.tenant);
  const link = await call<{ url: string }>("POST", `/admin/v1/tenants/${stranger?.id}/portal`, { readOnly: true });
  const { pathname, hash } = new URL(link.url);
  await page.goto(live.rest + pathname + hash);
  await expect(page.getByRole("heading", { name: "Subscriptions" })).toBeVisible();
  await expect(page.getByText("No webhook yet")).toBeVisible();
  await expect(page.getByText("demo.example")).toHaveCount(0);
  expect(page.url()).not.toContain("#");
  await call("DELETE", `/api/event/push/subscriptions/${hidden.id}`);
});

test("a dead letter is retried, and the consumer takes it", async ({ page }) => {
  const events = [{ event_type: "ENTITY_EVENT", entity_name: "ORDER", entity_id: "dead" }];
  await call("POST", "/api/v1/events/batch", { events });
  deadLetter("ValueError: no such thing");
  await signInAsDemo(page);
  await addOperator(page);
  await page.getByRole("link", { name: "Retry the dead letters" }).click();
  await expect(page.getByText("ValueError: no such thing")).toBeVisible();
  const left = async () => (await call<{ events?: unknown[] }>("GET", "/admin/v1/parked")).events?.length ?? 0;
  for (let letters = await left(); letters > 0; letters = await left()) {
    await page.getByRole("button", { name: "Retry" }).first().click();
    await expect.poll(left).toBeLessThan(letters);
  }
  await expect(page.getByText("No consumer gave up on an event.")).toBeVisible();
});

test("an operator makes a tenant, and credentials that work and may no more than they should", async ({ page }) => {
  await signInAsDemo(page);
  await addOperator(page);
  await page.getByRole("link", { name: "Tenants" }).click();
  const name = `made-${Date.now()}`;
  const form = page.getByRole("form", { name: "New tenant" });
  await form.getByRole("button", { name: "Make it" }).click();
  await expect(form.locator(".fault")).not.toBeEmpty();
  await form.getByLabel("Name").fill(name);
  await form.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("status").getByRole("link", { name }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  const credential = page.getByRole("form", { name: "New credential" });
  await credential.getByLabel("read only").check();
  await credential.getByRole("button", { name: "Make it" }).click();
  const shown = page.locator(".notice.good");
  const clientId = (await shown.locator("b").textContent()) ?? "";
  const clientSecret = (await shown.locator("code").textContent()) ?? "";
  const grant = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
  const answer = await fetch(`${live.rest}/oauth/token`, { method: "POST", body: new URLSearchParams(grant) });
  const { scope } = (await answer.json()) as { scope: string };
  expect(scope.split(" ").sort()).toEqual(["events:read", "rules:read", "subscriptions:read"]);
  await credential.getByLabel("Kind").selectOption("user");
  await credential.getByLabel("User name").fill("ada");
  await credential.getByLabel("Password").fill("short");
  await credential.getByRole("button", { name: "Make it" }).click();
  await expect(credential.getByText(/12 to 128/).first()).toBeVisible();
  await credential.getByLabel("Password").fill("");
  await credential.getByRole("button", { name: "Make it" }).click();
  await expect(shown.locator("b")).toHaveText("ada");
  await credential.getByLabel("Kind").selectOption("key");
  await credential.getByRole("button", { name: "Make it" }).click();
  await expect(page.getByRole("table", { name: "Credentials" }).getByText("api key")).toBeVisible();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page
    .getByRole("dialog")
    .getByLabel(/to go on/)
    .fill(name);
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Tenants" })).toBeVisible();
  const { tenants } = await call<{ tenants: { name: string; state: string }[] }>("GET", "/admin/v1/tenants");
  expect(tenants.filter((one) => one.name === name && one.state !== "DELETING")).toEqual([]);
});

test("a run of more than 500 events is shown whole", async ({ page }) => {
  const send = (eventName: string, times: number) =>
    Array.from({ length: times }, () => ({ name: "SendEvent", props: { eventName } }));
  const ruleset = (name: string, status: string, rules: unknown[]) => ({
    name,
    type: "ORDER",
    triggers: [{ status }],
    rules,
  });
  await call("PUT", "/api/v4.1/workflow/ORDER::FAN", {
    name: "ORDER::FAN",
    entityType: "ORDER",
    entitySubtype: "FAN",
    statuses: [{ name: "OPEN", entityType: "ORDER", category: "BOOKING" }],
    rulesets: [
      ruleset("CREATE", "", [{ name: "ChangeState", props: { status: "OPEN" } }, ...send("Branch", 30)]),
      ruleset("Branch", "OPEN", send("Leaf", 30)),
      ruleset("Leaf", "OPEN", [{ name: "SetAttribute", props: { name: "leaf", value: "1" } }]),
    ],
  });
  const { id } = await call<{ id: string }>("POST", "/api/v4.1/event/async", {
    name: "CREATE",
    retailerId: live.demo.retailer_id,
    entityType: "ORDER",
    entitySubtype: "FAN",
    entityRef: `fan-${Date.now()}`,
    attributes: {},
  });
  const path = `/api/v4.1/event?name=Leaf&eventStatus=SUCCESS&count=1&start=899`;
  await expect.poll(async () => (await call<{ results: unknown[] }>("GET", path)).results.length).toBe(1);
  await signInAsDemo(page, `/workflows/runs/${id}`);
  await expect(page.getByText(/the rest is being read/)).toHaveCount(0);
  const table = page.getByRole("table", { name: "Timeline" });
  const rows = Number(await table.getAttribute("aria-rowcount"));
  expect(rows).toBeGreaterThan(931 + 900);
  const leaves = await page.evaluate(() => document.querySelectorAll("[role=row]").length);
  expect(leaves).toBeLessThan(100);
});

test("a calendar shows the next ten times in the schedule's zone and in the reader's", async ({ page }) => {
  const trigger = { cron: "30 23 * * *", timezone: "Asia/Tokyo" };
  const action = { to: "team@example.com", subject: "Late", body: "Late" };
  const body = { triggerType: "TIME", trigger, actionType: "SEND_EMAIL", action };
  const { id } = await call<{ id: number }>("POST", "/v1/events", body);
  await signInAsDemo(page, "/schedules");
  const panel = page.getByRole("group", { name: `${id}: send email, 30 23 * * *` });
  await panel.getByRole("button", { name: "Details" }).click();
  await expect(panel.locator("table.calendar caption").first()).toContainText("Asia/Tokyo");
  await expect(panel.locator("table.calendar b", { hasText: "23:30" })).toHaveCount(10);
  await expect(panel.getByRole("row", { name: /23:30:00.*14:30:00/ })).toHaveCount(10);
});
