import { call, expect, signInAsDemo, test } from "./live";
import { failer, receiver } from "./receiver";

interface Subscription {
  id: string;
  confirmed: boolean;
  failingSince?: string;
}

const SUBSCRIPTIONS = "/api/event/push/subscriptions";

async function confirmed(endpoint: string, more: Record<string, unknown> = {}): Promise<Subscription> {
  const made = await call<Subscription>("POST", SUBSCRIPTIONS, { endpoint, topics: ["customer.*"], ...more });
  await expect.poll(async () => (await call<Subscription>("GET", `${SUBSCRIPTIONS}/${made.id}`)).confirmed).toBe(true);
  return made;
}

function customer(id: string, of = id) {
  const payload = { operation: "CREATE", key_attributes: { name: "Ada" } };
  return call("POST", "/api/v1/events", {
    id,
    event_type: "ENTITY_EVENT",
    entity_name: "CUSTOMER",
    entity_id: of,
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
  await page.getByRole("button", { name: "Send this one again" }).click(); // 4
  await expect(page.getByText(/queued, . due already/)).toBeVisible();
  await expect.poll(() => shop.got.some((body) => body.includes("four-clicks"))).toBe(true);
  shop.close();
});

test("a webhook is made, tested and deleted; a condition's fault stands under its character as it is typed", async ({
  page,
}) => {
  const shop = await receiver("");
  await signInAsDemo(page, "/subscriptions/new");
  await page.getByLabel("Endpoint").fill(`${shop.url}/well`);
  await page.getByLabel("Topics").fill("order.created, wishlist.*");
  await page.getByLabel("Condition").fill("event.nosuch == 1");
  await expect(page.getByText("Line 1, character 6: undefined field 'nosuch'")).toBeVisible();
  await expect(page.locator("pre.marked")).toHaveText("event.nosuch == 1\n     ^");
  await page.getByLabel("Condition").fill("event.entity_id");
  await expect(page.getByText("must be true or false")).toBeVisible();
  await expect(page.locator("pre.marked")).toHaveCount(0);
  await page.getByLabel("Condition").fill("event.entity_id == '1'");
  await expect(page.getByText("This condition is good.")).toBeVisible();
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
  const range = page.getByRole("form", { name: "Range to replay" });
  await range.getByLabel("From").fill("2020-01-01T00:00:00");
  await range.getByRole("button", { name: "Count" }).click();
  await expect(page.getByText(/[1-9]\d* events? of this range would be sent/)).toBeVisible();
  await page.getByRole("button", { name: "Replay", exact: true }).click();
  await expect(page.getByText("done", { exact: true })).toBeVisible();
  shop.close();
});

test("what waits is counted beside its subscription and on the overview", async ({ page }) => {
  const silent = await receiver("later");
  const made = await confirmed(`${silent.url}/silent`);
  await customer("waits");
  const backlog = async () => {
    const path = `/api/v1/metrics/backlogs?subscriptionId=${made.id}`;
    return (await call<{ backlogs: { pending: number }[] }>("GET", path)).backlogs[0]?.pending;
  };
  await expect.poll(backlog).toBe(1);
  await signInAsDemo(page);
  const waiting = page.getByRole("group", { name: "Waiting to be delivered" });
  await expect(waiting.getByRole("row", { name: `${silent.url}/silent 1` })).toBeVisible();
  await waiting.getByRole("link", { name: `${silent.url}/silent` }).click();
  await expect(page.locator("dt", { hasText: "Waiting" }).locator("+ dd")).toHaveText("1");
  await call("DELETE", `${SUBSCRIPTIONS}/${made.id}`);
  silent.close();
});

test("what was given up is counted, sent again in bulk, and has its true outcome", async ({ page }) => {
  const shop = await failer();
  const made = await confirmed(`${shop.url}/away`, { ordered: true, orderedMaxWait: "1s" });
  await customer("given-up");
  await customer("for-which-it-gives-way", "given-up");
  const preview = `/api/v1/recoveries/preview?since=2020-01-01T00:00:00Z&subscriptionId=${made.id}`;
  const givenUp = async () => (await call<{ deliveries: number }>("GET", preview)).deliveries;
  await expect.poll(givenUp, { timeout: 40_000 }).toBe(1);
  shop.isBack = true;
  await signInAsDemo(page, "/deliveries");
  await page.getByLabel("Given up since").first().fill("2020-01-01T00:00:00");
  await page.getByRole("combobox", { name: "Of" }).selectOption({ label: `${shop.url}/away` });
  await page.getByRole("button", { name: "Count" }).click();
  await expect(page.getByLabel("What would be sent again")).toContainText("1 delivery was given up.");
  await page.getByRole("button", { name: "Send all of these again" }).click();
  await expect(page.getByText("1 delivered, 0 failed again")).toBeVisible();
  await page.getByRole("button", { name: "Outcomes" }).first().click();
  await expect(page.getByRole("link", { name: "given-up", exact: true })).toBeVisible();
  expect(shop.got.some((body) => body.includes("given-up"))).toBe(true);
  await call("DELETE", `${SUBSCRIPTIONS}/${made.id}`);
  shop.close();
});

test("a queue is made, and changed without its secret", async ({ page }) => {
  const queue = `https://sqs.eu-west-1.amazonaws.com/123456789012/q${Date.now()}`;
  await signInAsDemo(page, "/subscriptions/new-queue");
  await page.getByLabel("Queue URL (SQS) or topic ARN (SNS)").fill(queue);
  await page.getByLabel("Region").fill("eu-west-1");
  await page.getByLabel("Access key").fill("AKIAEXAMPLE");
  await page.getByLabel("Access secret").fill("hush");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1, name: queue })).toBeVisible();
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Deleted").uncheck();
  await page.getByLabel("Condition").fill("event.entity_id != ''");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.locator("dd", { hasText: "created, changed" })).toHaveText("created, changed");
  const id = decodeURIComponent(new URL(page.url()).pathname.split("/").at(-1) ?? "");
  const stored = await call<Record<string, unknown>>("GET", `/api/v1/event-subscription/${id}`);
  expect(stored).toMatchObject({ subscribeDelete: false, condition: "event.entity_id != ''" });
  await call("PUT", `/api/v1/event-subscription/${id}/deactivate`);
});

test("secrets of both kinds are rotated, and a queue that was stopped is found and set active again", async ({
  page,
}) => {
  const shop = await receiver("");
  const made = await confirmed(`${shop.url}/well`);
  const sqs = { region: "eu-west-1", accessKey: "AKIAOLD", accessSecret: "old" };
  const queueUrl = `https://queue.nowhere.example/123456789012/r${Date.now()}`;
  const destination = { type: "SQS", sqs: { ...sqs, queueUrl } };
  const queue = { entityType: "ORDER", subscribeCreate: true, destination };
  const { id } = await call<{ id: string }>("POST", "/api/v1/event-subscription", queue);
  await signInAsDemo(page, `/subscriptions/push/${made.id}`);
  await page.getByRole("button", { name: "Rotate secret" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/to go on/).fill(`${shop.url}/well`);
  await dialog.getByRole("button", { name: "Rotate secret" }).click();
  await expect(page.getByText("The old one signs too until")).toBeVisible();
  await call("PUT", `/api/v1/event-subscription/${id}/deactivate`);
  await page.getByRole("link", { name: "Subscriptions" }).click();
  await page.getByRole("link", { name: queueUrl }).click();
  await page.getByRole("button", { name: "Set active again" }).click();
  await expect(page.getByRole("button", { name: "Deactivate" })).toBeVisible();
  const keys = page.getByRole("form", { name: "New keys" });
  await keys.getByRole("button", { name: "Rotate" }).click();
  await expect(keys.getByText(/required/).first()).toBeVisible();
  await keys.getByLabel("New access key").fill("AKIANEW");
  await keys.getByLabel("New access secret").fill("newer");
  await keys.getByRole("button", { name: "Rotate" }).click();
  await expect(page.getByText(/They are in use. A test goes out with them/)).toBeVisible();
  await expect(async () => {
    await page.reload();
    await page.getByRole("button", { name: "Sign in to the demo" }).click();
    await page.getByRole("button", { name: "Attempts" }).first().click({ timeout: 3_000 });
  }).toPass();
  await page.getByText("The request", { exact: true }).click();
  await expect(page.locator("pre", { hasText: "SendMessage" })).toContainText(queueUrl);
  const stored = await call<{ destination: unknown }>("GET", `/api/v1/event-subscription/${id}`);
  expect(JSON.stringify(stored.destination)).toContain("AKIANEW");
  await call("PUT", `/api/v1/event-subscription/${id}/deactivate`);
  await call("DELETE", `${SUBSCRIPTIONS}/${made.id}`);
  shop.close();
});
