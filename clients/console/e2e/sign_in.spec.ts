import { CONSOLE, call, expect, live, signInAsDemo, test } from "./live";

test("the demo is offered on this machine, and its events are listed", async ({ page }) => {
  await call("POST", "/api/v1/events", {
    id: "sign-in-1",
    event_type: "ENTITY_EVENT",
    entity_name: "ORDER",
    entity_id: "sign-in",
  });
  await signInAsDemo(page, "/events?entity=sign-in");
  await expect(page.getByRole("link", { name: "order.created" })).toBeVisible();
});

test("a user signs in with a name and a password", async ({ page }) => {
  await page.goto(CONSOLE);
  await page.getByLabel("User", { exact: true }).check();
  await page.getByLabel("Tenant").fill("demo");
  await page.getByLabel("Client id").fill(live.demo.client_id ?? "");
  await page.getByLabel("Client secret").fill(live.demo.client_secret ?? "");
  await page.getByLabel("User name").fill(live.demo.account_username ?? "");
  await page.getByLabel("Password").fill(live.demo.account_password ?? "");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByText("demo-account-user")).toBeVisible();
});

test("a wrong secret shows the API's text and the request id", async ({ page }) => {
  await page.goto(CONSOLE);
  await page.getByLabel("Tenant").fill("demo");
  await page.getByLabel("Client id").fill("nobody");
  await page.getByLabel("Client secret").fill("wrong");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("The client or its secret is wrong.");
  await expect(page.getByRole("alert").locator("code")).toHaveText(/^[0-9a-f-]{36}$/);
});

test("credentials of one tenant do not open another", async ({ page }) => {
  await page.goto(CONSOLE);
  await page.getByLabel("Tenant").fill("demo");
  await page.getByLabel("Client id").fill(live.stranger.client_id);
  await page.getByLabel("Client secret").fill(live.stranger.client_secret);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("alert")).toBeVisible();
});

test("nothing of a session outlives a reload", async ({ page }) => {
  await signInAsDemo(page);
  const kept = await page.evaluate(() => localStorage.length + sessionStorage.length + document.cookie.length);
  expect(kept).toBe(0);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Sign in to Tidings" })).toBeVisible();
});
