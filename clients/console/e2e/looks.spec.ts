import { mkdirSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { addOperator, CONSOLE, call, expect, live, signInAsDemo, test } from "./live";
import { type Strange, strange } from "./strange";

const PICTURES = "artefacts";
mkdirSync(PICTURES, { recursive: true });

interface Shown {
  name: string;
  path: string;
  title: string | RegExp;
  /** What is done on it before it is looked at. */
  open?: (page: Page) => Promise<void>;
}

const press = (name: string | RegExp) => async (page: Page) => {
  const button = page.getByRole("button", { name }).first();
  if (await button.isVisible()) await button.click();
};

/** Every screen, with what strangers wrote on it. */
function screens(of: Strange): Shown[] {
  const event = (name: keyof Strange["events"]): Shown => ({
    name: `event-${name}`,
    path: `/events/${of.events[name]}`,
    title: "Event",
    open: async (page) => {
      await press("Attempts")(page);
      const request = page.getByText("The request", { exact: true }).first();
      if (await request.isVisible()) await request.click();
    },
  });
  const queue = encodeURIComponent(of.queue);
  return [
    { name: "overview", path: "/", title: "Overview" },
    { name: "events", path: "/events", title: "Events" },
    { name: "tail", path: "/events/live", title: "Live tail", open: tailed },
    event("collector"),
    event("workflow"),
    event("loyalty"),
    event("scheduling"),
    event("operation"),
    { name: "subscriptions", path: "/subscriptions", title: "Subscriptions" },
    { name: "subscription-new", path: "/subscriptions/new", title: "New webhook" },
    { name: "subscription", path: `/subscriptions/push/${of.webhook}`, title: /strange/, open: press("Attempts") },
    { name: "subscription-edit", path: `/subscriptions/push/${of.webhook}/edit`, title: "Edit webhook" },
    { name: "queue-new", path: "/subscriptions/new-queue", title: "New queue" },
    { name: "queue", path: `/subscriptions/queue/${queue}`, title: /nip\.example/ },
    { name: "queue-edit", path: `/subscriptions/queue/${queue}/edit`, title: "Edit queue" },
    { name: "deliveries", path: "/deliveries", title: "Deliveries", open: press("What failed") },
    { name: "workflows", path: "/workflows", title: "Workflows" },
    { name: "workflow", path: "/workflows/ORDER%3A%3ASTRANGE", title: "ORDER::STRANGE", open: press("Compare") },
    { name: "run", path: `/workflows/runs/${of.events.workflow}`, title: /Run of/ },
    { name: "loyalty", path: "/loyalty", title: "Loyalty" },
    { name: "customer", path: `/loyalty/customers/${of.customer}`, title: "Customer" },
    { name: "rules", path: "/loyalty/rules", title: "Loyalty" },
    { name: "rule", path: `/loyalty/rules/${of.rule}`, title: /onerror/, open: backtested },
    { name: "schedules", path: "/schedules", title: "Schedules and jobs", open: unfolded },
  ];
}

async function tailed(page: Page): Promise<void> {
  await expect(page.getByText(/Watching/)).toBeVisible();
  await call("POST", "/api/v1/events", {
    event_type: "ENTITY_EVENT",
    entity_name: "WISHLIST",
    entity_id: "<script>document.title='broken'</script>",
    event_payload: { operation: "DELETE", key_attributes: { "<img src=x onerror=document.title=1>": "<b>" } },
  });
  await expect(page.getByRole("table", { name: "Live events" }).getByRole("link").first()).toBeVisible();
}

async function backtested(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Run over the past" }).click();
  await expect(page.getByLabel("Outcome of the backtest")).toContainText("customers");
  await expect(page.getByText(/It runs; this/)).toHaveCount(0);
}

/** The details of the newest of both kinds, and the mail. */
async function unfolded(page: Page): Promise<void> {
  for (const button of await page.getByRole("button", { name: "Details" }).all()) await button.click();
  await expect(page.getByText("Loading …")).toHaveCount(0);
  const mail = page.locator("summary", { hasText: "onerror" }).last();
  if (await mail.isVisible()) await mail.click();
}

/** Goes to a screen without a reload, which would sign out. */
async function go(page: Page, { path, title }: Pick<Shown, "path" | "title">): Promise<void> {
  await page.evaluate((to) => {
    window.history.pushState(null, "", `/console${to}`);
    window.dispatchEvent(new PopStateEvent("popstate", { state: null }));
  }, path);
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  await expect(page.getByText("Loading …")).toHaveCount(0);
}

async function look(page: Page, screen: Shown): Promise<void> {
  await go(page, screen);
  await screen.open?.(page);
  await expect(page.getByText("Loading …")).toHaveCount(0);
}

for (const theme of ["light", "dark"] as const) {
  test(`every screen is accessible in the ${theme} theme, and runs nothing that strangers wrote`, async ({ page }) => {
    test.setTimeout(300_000);
    const made = await strange();
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.goto(CONSOLE);
    await expect(page.getByRole("button", { name: "Sign in to the demo" })).toBeVisible();
    await looked(page, `sign-in-${theme}`);
    await signInAsDemo(page);
    await addOperator(page);
    for (const screen of screens(made)) {
      await look(page, screen);
      await looked(page, `${screen.name}-${theme}`);
    }
    await page.getByRole("link", { name: "Tenants" }).click();
    await expect(page.getByRole("button", { name: "Retry" }).first()).toBeVisible();
    await looked(page, `tenants-${theme}`);
    await page.getByRole("link", { name: "demo", exact: true }).click();
    await exported(page);
    await looked(page, `tenant-${theme}`);
    await portal(page, theme);
    await call("DELETE", `/api/event/push/subscriptions/${made.webhook}`);
    made.shop.close();
  });
}

/** A person of whom everything is strange. */
async function exported(page: Page): Promise<void> {
  await expect(page.getByText("Quotas and their use")).toBeVisible();
  await page.getByText("Set the quotas").click();
  await page.getByLabel("Addresses and numbers").fill("a@example.com");
  await page.getByRole("button", { name: "Export" }).click();
  await expect(page.getByText(/records name this person/)).toBeVisible();
}

async function portal(page: Page, theme: string): Promise<void> {
  const link = await call<{ url: string }>("POST", "/admin/v1/tenants/demo/portal", {});
  const { pathname, hash } = new URL(link.url);
  await page.goto(live.rest + pathname + hash);
  await expect(page.getByRole("heading", { level: 1, name: "Subscriptions" })).toBeVisible();
  await looked(page, `portal-${theme}`);
  await page
    .getByRole("link", { name: /strange/ })
    .first()
    .click();
  await expect(page.getByRole("heading", { level: 1, name: /strange/ })).toBeVisible();
  await expect(page.getByText("Loading …")).toHaveCount(0);
  await looked(page, `portal-webhook-${theme}`);
}

async function looked(page: Page, picture: string): Promise<void> {
  await page.screenshot({ path: `${PICTURES}/${picture}.png`, fullPage: true });
  const { violations } = await new AxeBuilder({ page }).analyze();
  const told = violations.map((one) => `${picture}: ${one.id}: ${one.nodes.map((node) => node.target).join(" ")}`);
  expect.soft(told).toEqual([]);
  expect(await page.title()).toMatch(/Tidings$/);
  expect.soft(await page.locator("main img, main script").count(), picture).toBe(0);
}

test("a phone has every screen within its width, and navigation behind a button", async ({ page }) => {
  test.setTimeout(240_000);
  const made = await strange();
  await page.setViewportSize({ width: 390, height: 844 });
  await signInAsDemo(page);
  await expect(page.getByRole("link", { name: "Subscriptions" })).toBeHidden();
  await addOperator(page);
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("link", { name: "Subscriptions" }).click();
  for (const screen of screens(made)) {
    await look(page, screen);
    await fits(page, screen.name);
  }
  await go(page, { path: "/tenants", title: "Tenants" });
  await fits(page, "tenants");
  await page.getByRole("link", { name: "demo", exact: true }).click();
  await expect(page.getByText("Quotas and their use")).toBeVisible();
  await fits(page, "tenant");
  await call("DELETE", `/api/event/push/subscriptions/${made.webhook}`);
  made.shop.close();
});

async function fits(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${PICTURES}/${name}-phone.png`, fullPage: true });
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect.soft(wider, name).toBeLessThanOrEqual(0);
}

test("everything is reached by the keyboard alone", async ({ page }) => {
  await page.goto(CONSOLE);
  await expect(page.getByRole("button", { name: "Sign in to the demo" })).toBeVisible();
  const tabTo = async (name: string) => {
    for (let steps = 0; steps < 40; steps += 1) {
      await page.keyboard.press("Tab");
      if ((await page.evaluate(() => document.activeElement?.textContent?.trim())) === name) return;
    }
    throw new Error(`${name} is not reached by Tab`);
  };
  await tabTo("Sign in to the demo");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await tabTo("To the screen");
  await tabTo("Subscriptions");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Subscriptions" })).toBeVisible();
  await tabTo("New webhook");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "New webhook" })).toBeVisible();
});

test("the demo asks for little before it can be used", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(CONSOLE);
  await expect(page.getByRole("button", { name: "Sign in to the demo" })).toBeVisible();
  const { ms, bytes } = await page.evaluate(() => {
    const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    const sizes = (entries as PerformanceResourceTiming[]).map((one) => one.transferSize);
    return { ms: performance.now(), bytes: sizes.reduce((all, one) => all + one, 0) };
  });
  test.info().annotations.push({ type: "ms until the demo can be used", description: String(Math.round(ms)) });
  process.stdout.write(
    `    ${asked.length} requests, ${bytes} bytes, ${Math.round(ms)} ms until the demo can be used\n`,
  );
  expect(asked.length).toBeLessThanOrEqual(8);
  expect(bytes).toBeLessThan(350_000);
});
