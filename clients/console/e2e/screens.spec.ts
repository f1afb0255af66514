import { readFileSync } from "node:fs";
import { addOperator, call, expect, live, signInAsDemo, test } from "./live";

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
});

test("a schedule shows its next fire times and the mail, and runs now", async ({ page }) => {
  const trigger = { cron: "0 7 * * 1-5", timezone: "Europe/Stockholm" };
  const action = { to: "team@example.com", subject: "Good morning", body: "Up!" };
  await call("POST", "/v1/events", { triggerType: "TIME", trigger, actionType: "SEND_EMAIL", action });
  await signInAsDemo(page, "/schedules");
  await page.getByRole("button", { name: "Details" }).first().click();
  await expect(page.getByText("Fires next, Europe/Stockholm")).toBeVisible();
  await expect(page.getByText("Good morning").first()).toBeVisible();
  await page.getByRole("button", { name: "Run now" }).first().click();
  await expect(page.getByText("It runs.")).toBeVisible();
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
