import { call, expect, live, signInAsDemo, test } from "./live";

function order(id: string, entity: string) {
  const payload = { operation: "CREATE", key_attributes: { total: "49.90", note: `of ${id}` } };
  return call("POST", "/api/v1/events", {
    id,
    event_type: "ENTITY_EVENT",
    entity_name: "ORDER",
    entity_id: entity,
    event_payload: payload,
  });
}

test("events are searched, and the address keeps what was searched", async ({ page }) => {
  await order("searched-1", "needle");
  await order("searched-2", "hay");
  await signInAsDemo(page, "/events");
  await page.getByLabel("Entity id").fill("needle");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page).toHaveURL(/entity=needle/);
  await expect(page.getByRole("table", { name: "Events" }).getByRole("link")).toHaveCount(1);
});

test("one event shows its body, why each subscription got it or not, and copies as curl", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const subscription = { endpoint: "https://example.com/never", topics: ["price.*"], noCallback: true };
  const made = await call<{ id: string }>("POST", "/api/event/push/subscriptions", subscription);
  await order("shown-1", "shown");
  await signInAsDemo(page, "/events?entity=shown");
  await page.getByRole("link", { name: "order.created" }).click();
  await expect(page.getByLabel("Body of the event")).toContainText("of shown-1");
  await expect(page.getByText("not matched").first()).toBeVisible();
  await expect(page.getByRole("link", { name: "https://example.com/never" })).toBeVisible();
  await page.getByRole("button", { name: "Copy as curl" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(`${live.rest}/api/v1/events`);
  await page.getByRole("button", { name: "Send again as a new event" }).click();
  await expect(page.getByText(/Stored as/)).toBeVisible();
  await call("DELETE", `/api/event/push/subscriptions/${made.id}`);
});

test("the live tail shows what comes, keeps it back on a pause, and filters by text", async ({ page }) => {
  await signInAsDemo(page, "/events/live?topic=order.*");
  await expect(page.getByText(/Watching/)).toBeVisible();
  await order("tail-1", "tail-one");
  const table = page.getByRole("table", { name: "Live events" });
  await expect(table.getByText("tail-one")).toBeVisible();
  await page.getByRole("button", { name: "Pause" }).click();
  await order("tail-2", "tail-two");
  await page.getByRole("button", { name: "Go on (1 wait)" }).click();
  await expect(table.getByText("tail-two")).toBeVisible();
  await page.getByLabel("Text").fill("of tail-1");
  await expect(table.getByText("tail-two")).toHaveCount(0);
  await expect(table.getByText("tail-one")).toBeVisible();
});

test("of thousands of rows only those in view are drawn", async ({ page }) => {
  for (let batch = 0; batch < 2; batch += 1) {
    const events = Array.from({ length: 1000 }, (_, n) => ({
      event_type: "ENTITY_EVENT",
      entity_name: "PRODUCT",
      entity_id: `p-${batch}-${n}`,
      event_payload: { operation: "UPDATE" },
    }));
    await call("POST", "/api/v1/events/batch", { events });
  }
  await signInAsDemo(page, "/events?topic=product.*");
  const table = page.getByRole("table", { name: "Events" });
  await expect(table.getByText("p-1-999")).toBeVisible();
  for (let n = 0; n < 9; n += 1) {
    await table.locator(".grid-body").evaluate((body) => body.scrollTo(0, body.scrollHeight));
    await page.waitForResponse((answer) => answer.url().includes("/api/event/pull")).catch(() => undefined);
  }
  await expect(table).toHaveAttribute("aria-rowcount", /^(1[0-9]|2[0-9])\d\d$/);
  expect(await table.getByRole("row").count()).toBeLessThan(100);
});
