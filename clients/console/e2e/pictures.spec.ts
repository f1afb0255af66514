import { readFileSync } from "node:fs";
import { call, expect, live, signInAsDemo, test } from "./live";
import { receiver } from "./receiver";

/** The pictures of the README, drawn anew by `PICTURES=1 make test-console`. */
test.skip(!process.env.PICTURES, "The pictures are drawn on demand.");

const picture = (name: string) => ({ path: `../../docs/images/console-${name}.png` });

test("the README's pictures", async ({ page }) => {
  const shop = await receiver("The shop is closed for the night.");
  const path = "/api/event/push/subscriptions";
  const made = await call<{ id: string }>("POST", path, { endpoint: `${shop.url}/hooks/orders`, topics: ["order.*"] });
  const stored = () => call<{ confirmed: boolean; failingSince?: string }>("GET", `${path}/${made.id}`);
  await expect.poll(async () => (await stored()).confirmed).toBe(true);
  const events = Array.from({ length: 480 }, (_, n) => ({
    id: `order-${1000 + n}`,
    event_type: "ENTITY_EVENT",
    entity_name: "ORDER",
    entity_id: String(1000 + n),
    event_payload: { operation: "CREATE", key_attributes: { total: "129.00", currency: "SEK", channel: "web" } },
  }));
  await call("POST", "/api/v1/events/batch", { events });
  await expect.poll(async () => (await stored()).failingSince ?? "").not.toBe("");
  const rule = JSON.parse(readFileSync("../../examples/loyalty/rules/01-sign-up-bonus.json", "utf8"));
  const { ruleId } = await call<{ ruleId: string }>("POST", "/api/v1/rules", rule);
  for (let n = 0; n < 8; n += 1) {
    const action = { nameSpace: "Customer.Registration", action: { count: 1 } };
    const ids = { customerId: crypto.randomUUID(), eventId: crypto.randomUUID() };
    await call("POST", "/api/v1/events/actions", { ...action, ...ids });
  }
  await call(
    "PUT",
    "/api/v4.1/workflow/ORDER::HD",
    JSON.parse(readFileSync("../../examples/workflows/order.json", "utf8")),
  );
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await signInAsDemo(page);
  await expect(page.getByRole("link", { name: `${shop.url}/hooks/orders` }).first()).toBeVisible();
  await expect(page.locator("canvas")).toBeVisible();
  await page.screenshot(picture("overview"));
  await page.getByRole("link", { name: "Workflows" }).click();
  await page.getByRole("link", { name: "ORDER::HD" }).first().click();
  await expect(page.getByRole("img", { name: /states/ })).toBeVisible();
  await page.screenshot(picture("workflow"));
  await page.getByRole("link", { name: "Events" }).click();
  await page.getByLabel("Entity id").fill("1000");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("link", { name: "order.created" }).click();
  await page.getByRole("button", { name: "Attempts" }).first().click();
  await expect(page.getByText("The shop is closed").first()).toBeVisible();
  await page.screenshot(picture("event"));
  expect([ruleId, live.rest].every(Boolean)).toBe(true);
  await call("DELETE", `${path}/${made.id}`);
  shop.close();
});
