import { call, expect, signInAsDemo, test } from "./live";
import { receiver } from "./receiver";

interface Subscription {
  id: string;
  confirmed: boolean;
  failingSince?: string;
}

const SUBSCRIPTIONS = "/api/event/push/subscriptions";

async function confirmed(endpoint: string): Promise<Subscription> {
  const made = await call<Subscription>("POST", SUBSCRIPTIONS, { endpoint, topics: ["customer.*"] });
  await expect.poll(async () => (await call<Subscription>("GET", `${SUBSCRIPTIONS}/${made.id}`)).confirmed).toBe(true);
  return made;
}

function customer(id: string) {
  const payload = { operation: "CREATE", key_attributes: { name: "Ada" } };
  return call("POST", "/api/v1/events", {
    id,
    event_type: "ENTITY_EVENT",
    entity_name: "CUSTOMER",
    entity_id: id,
    event_payload: payload,
  });
}

test("a failing webhook is found and put right in four clicks", async ({ page }) => {
  const shop = await receiver("<b>out of order</b>");
  const made = await confirmed(`${shop.url}/broken`);
  await customer("four-clicks");
  const failing = async () => (await call<Subscription>("GET", `${SUBSCRIPTIONS}/${made.id}`)).failingSince ?? "";
  await expect.poll(failing).not.toBe("");

  await signInAsDemo(page, "/subscriptions");
  await page.getByRole("link", { name: `${shop.url}/broken` }).click(); // 1: what fails
  await expect(page.getByText("<b>out of order</b>")).toBeVisible();
  await page.getByRole("link", { name: "Edit" }).click(); // 2
  await page.getByLabel("Endpoint").fill(`${shop.url}/well`);
  await page.getByRole("button", { name: "Save" }).click(); // 3
  await page.getByRole("button", { name: "Send these 1 again" }).click(); // 4
  await expect(page.getByText(/queued, . due already/)).toBeVisible();
  await expect.poll(() => shop.got.some((body) => body.includes("four-clicks"))).toBe(true);
  shop.close();
});

test("a webhook is made, tested and deleted; a condition's fault stands under its character", async ({ page }) => {
  const shop = await receiver("");
  await signInAsDemo(page, "/subscriptions/new");
  await page.getByLabel("Endpoint").fill(`${shop.url}/well`);
  await page.getByLabel("Topics").fill("order.created, wishlist.*");
  await page.getByLabel("Condition").fill("event.nosuch == 1");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("undefined field 'nosuch'").first()).toBeVisible();
  await expect(page.locator("pre")).toHaveText("event.nosuch == 1\n     ^");
  await page.getByLabel("Condition").fill("event.entity_id == '1'");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1, name: `${shop.url}/well` })).toBeVisible();
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByText(/Queued as delivery/)).toBeVisible();
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("dialog").getByRole("button", { name: "Delete" })).toBeDisabled();
  await page
    .getByRole("dialog")
    .getByLabel(/to go on/)
    .fill(`${shop.url}/well`);
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(/\/subscriptions$/);
  shop.close();
});

test("a replay is counted before, and its progress shown", async ({ page }) => {
  const shop = await receiver("");
  const made = await confirmed(`${shop.url}/well`);
  await customer("replayed");
  await signInAsDemo(page, `/subscriptions/push/${made.id}`);
  await page.getByLabel("From").fill("2020-01-01T00:00:00");
  await page.getByRole("button", { name: "Count" }).click();
  await expect(page.getByText(/[1-9]\d* events are in this range/)).toBeVisible();
  await page.getByRole("button", { name: "Replay", exact: true }).click();
  await expect(page.getByText("done", { exact: true })).toBeVisible();
  shop.close();
});
