import { mkdirSync, readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { addOperator, CONSOLE, call, expect, live, signInAsDemo, test } from "./live";
import { receiver } from "./receiver";

const PICTURES = "artefacts";
mkdirSync(PICTURES, { recursive: true });

const STRANGE = `"><img src=x onerror="document.title='broken'"><script>document.title='broken'</script>\${7*7}{{7*7}}`;

/** The part of it that is no template, which the server would refuse. */
const MARKUP = STRANGE.indexOf("${");

/** Everything that a stranger can fill, filled with what would run if it were not shown as text. */
async function strange(): Promise<{ id: string; event: string }> {
  const event = `strange-${crypto.randomUUID()}`;
  await call(
    "PUT",
    "/api/v4.1/workflow/ORDER::HD",
    JSON.parse(readFileSync("../../examples/workflows/order.json", "utf8")),
  );
  const shop = await receiver(STRANGE);
  const made = await call<{ id: string }>("POST", "/api/event/push/subscriptions", {
    endpoint: `${shop.url}/strange?q=${encodeURIComponent(STRANGE)}`,
    topics: ["wishlist.*"],
    condition: "event.entity_id != '<script>'",
  });
  const path = `/api/event/push/subscriptions/${made.id}`;
  await expect.poll(async () => (await call<{ confirmed: boolean }>("GET", path)).confirmed).toBe(true);
  await call("POST", "/api/v1/events", {
    id: event,
    event_type: "ENTITY_EVENT",
    entity_name: "WISHLIST",
    entity_id: STRANGE,
    event_payload: {
      operation: "CREATE",
      key_attributes: { note: STRANGE, [STRANGE]: "name" },
      base64_encoded_payload_json: Buffer.from(JSON.stringify({ [STRANGE]: STRANGE })).toString("base64"),
    },
  });
  await expect.poll(async () => (await call<{ failingSince?: string }>("GET", path)).failingSince ?? "").not.toBe("");
  await call("POST", "/api/v1/rules", {
    name: STRANGE,
    description: STRANGE,
    assesses: "ACTION",
    nameSpace: { equals: "Strange" },
    fulfilments: [{ type: "POINTS_FLAT", points: 1 }],
  });
  const action = { customerId: crypto.randomUUID(), nameSpace: STRANGE, action: { count: 1 }, description: STRANGE };
  await call("POST", "/api/v1/events/actions", { ...action, eventId: crypto.randomUUID() });
  await call("PATCH", `/api/v1/customers/${action.customerId}`, { displayName: STRANGE, firstName: STRANGE });
  const mail = { to: "a@example.com", subject: STRANGE.slice(0, MARKUP), body: STRANGE.slice(0, MARKUP) };
  await call("POST", "/v1/events", {
    triggerType: "TIME",
    trigger: { cron: "0 7 * * *" },
    actionType: "SEND_EMAIL",
    action: mail,
  });
  shop.close();
  return { id: made.id, event };
}

interface Shown {
  name: string;
  path: string;
  title: string | RegExp;
}

const SCREENS: readonly Shown[] = [
  { name: "overview", path: "/", title: "Overview" },
  { name: "events", path: "/events", title: "Events" },
  { name: "tail", path: "/events/live", title: "Live tail" },
  { name: "subscriptions", path: "/subscriptions", title: "Subscriptions" },
  { name: "subscription-new", path: "/subscriptions/new", title: "New webhook" },
  { name: "queue-new", path: "/subscriptions/new-queue", title: "New queue" },
  { name: "deliveries", path: "/deliveries", title: "Deliveries" },
  { name: "workflows", path: "/workflows", title: "Workflows" },
  { name: "workflow", path: "/workflows/ORDER%3A%3AHD", title: "ORDER::HD" },
  { name: "loyalty", path: "/loyalty", title: "Loyalty" },
  { name: "rules", path: "/loyalty/rules", title: "Loyalty" },
  { name: "schedules", path: "/schedules", title: "Schedules and jobs" },
  { name: "tenants", path: "/tenants", title: "Tenants" },
];

/** Goes to a screen without a reload, which would sign out. */
async function go(page: Page, { path, title }: Shown): Promise<void> {
  await page.evaluate((to) => {
    window.history.pushState(null, "", `/console${to}`);
    window.dispatchEvent(new PopStateEvent("popstate", { state: null }));
  }, path);
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  await expect(page.getByText("Loading …")).toHaveCount(0);
}

async function settled(page: Page): Promise<void> {
  await page.waitForTimeout(0);
  await expect(page.getByText("Loading …")).toHaveCount(0);
  for (const button of await page.getByRole("button", { name: "Details" }).all()) await button.click();
  for (const button of await page.getByRole("button", { name: "Attempts" }).all()) await button.click();
  await expect(page.getByText("Loading …")).toHaveCount(0);
}

for (const theme of ["light", "dark"] as const) {
  test(`every screen is accessible in the ${theme} theme, and runs nothing that strangers wrote`, async ({ page }) => {
    test.setTimeout(240_000);
    const { id, event } = await strange();
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.goto(CONSOLE);
    await expect(page.getByRole("button", { name: "Sign in to the demo" })).toBeVisible();
    await looked(page, `sign-in-${theme}`);
    await signInAsDemo(page);
    await addOperator(page);
    for (const screen of [
      ...SCREENS,
      { name: "event", path: `/events/${event}`, title: "Event" },
      { name: "subscription", path: `/subscriptions/push/${id}`, title: /strange/ },
    ]) {
      await go(page, screen);
      await settled(page);
      await looked(page, `${screen.name}-${theme}`);
    }
    await page.getByRole("link", { name: "Tenants" }).click();
    await page.getByRole("link", { name: "demo", exact: true }).click();
    await expect(page.getByText("Quotas and their use")).toBeVisible();
    await looked(page, `tenant-${theme}`);
    await call("DELETE", `/api/event/push/subscriptions/${id}`);
  });
}

async function looked(page: Page, picture: string): Promise<void> {
  await page.screenshot({ path: `${PICTURES}/${picture}.png` });
  const { violations } = await new AxeBuilder({ page }).analyze();
  const told = violations.map((one) => `${picture}: ${one.id}: ${one.nodes.map((node) => node.target).join(" ")}`);
  expect.soft(told).toEqual([]);
  expect(await page.title()).toMatch(/Tidings$/);
  expect(await page.locator("main img, main script").count()).toBe(0);
}

test("a phone has every screen within its width, and navigation behind a button", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await signInAsDemo(page);
  await expect(page.getByRole("link", { name: "Subscriptions" })).toBeHidden();
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("link", { name: "Subscriptions" }).click();
  for (const screen of SCREENS.filter((one) => one.path !== "/tenants")) {
    await go(page, screen);
    await settled(page);
    await page.screenshot({ path: `${PICTURES}/${screen.name}-phone.png` });
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect.soft(wider, screen.name).toBeLessThanOrEqual(0);
  }
});

test("the demo can be used within a second", async ({ page }) => {
  await page.goto(CONSOLE);
  const button = page.getByRole("button", { name: "Sign in to the demo" });
  await expect(button).toBeVisible();
  const ms = await page.evaluate(() => performance.now());
  test.info().annotations.push({ type: "ms until the first screen", description: String(Math.round(ms)) });
  expect(live.rest).toContain("127.0.0.1");
});
