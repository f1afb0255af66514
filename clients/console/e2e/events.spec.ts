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
  await page.getByLabel("Entity id").fill("tail-two");
  await expect(table.getByText("tail-one")).toHaveCount(0);
  await expect(table.getByText("tail-two")).toBeVisible();
  await page.getByLabel("Entity id").fill("");
  await page.getByLabel("Text").fill("of tail-1");
  await expect(page).toHaveURL(/text=of\+tail-1/);
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
  await expect(async () => {
    await table.locator(".grid-body").evaluate((body) => body.scrollTo(0, body.scrollHeight));
    expect(Number(await table.getAttribute("aria-rowcount"))).toBeGreaterThan(1000);
  }).toPass({ intervals: [200] });
  expect(await table.getByRole("row").count()).toBeLessThan(100);
});

test("the tail's memory stays flat over many thousand events", async ({ page }) => {
  test.setTimeout(420_000);
  await signInAsDemo(page, "/events/live?topic=inventory_level.*");
  await expect(page.getByText(/Watching/)).toBeVisible();
  const devtools = await page.context().newCDPSession(page);
  const heapBytes = async () => {
    await devtools.send("HeapProfiler.collectGarbage");
    return (await devtools.send("Runtime.getHeapUsage")).usedSize;
  };
  let sent = 0;
  const batches = Number(process.env.TAIL_BATCHES ?? 12);
  const send = async (batches: number) => {
    for (let batch = 0; batch < batches; batch += 1) {
      const events = Array.from({ length: 1000 }, () => {
        sent += 1;
        return {
          event_type: "ENTITY_EVENT",
          entity_name: "INVENTORY_LEVEL",
          entity_id: `level-${sent}`,
          event_payload: { operation: "UPDATE", key_attributes: { available: String(sent), note: "x".repeat(200) } },
        };
      });
      await call("POST", "/api/v1/events/batch", { events });
    }
    await expect(page.getByRole("table", { name: "Live events" }).getByText(`level-${sent}`)).toBeVisible({
      timeout: 240_000,
    });
  };
  await send(7);
  await expect(page.getByText("5,000 shown")).toBeVisible();
  const full = await heapBytes();
  await send(batches);
  const after = await heapBytes();
  process.stdout.write(`    ${sent} events watched: ${full} bytes of heap when 5,000 are kept, ${after} at the end\n`);
  expect(after).toBeLessThan(full * 1.25);
  await expect(page.getByText("5,000 shown")).toBeVisible();
});

test("what an event caused is found from it, and its cause from that", async ({ page }) => {
  const rule = await call<{ ruleId: string }>("POST", "/api/v1/rules", {
    name: `Effect ${Date.now()}`,
    assesses: "ACTION",
    nameSpace: { equals: "Effect" },
    fulfilments: [{ type: "POINTS_FLAT", points: 7 }],
  });
  await call("POST", `/api/v1/rules/${rule.ruleId}/activate`);
  const eventId = crypto.randomUUID();
  const action = { customerId: crypto.randomUUID(), nameSpace: "Effect", action: { count: 1 } };
  await call("POST", "/api/v1/events/actions", { ...action, eventId });
  await signInAsDemo(page, `/events/${eventId}`);
  await expect(page.getByText("action.created", { exact: true })).toBeVisible();
  const effects = page.getByRole("list", { name: "Effects" });
  await expect(async () => {
    await page.reload();
    await page.getByRole("button", { name: "Sign in to the demo" }).click();
    await expect(effects.getByRole("link", { name: "points.earned" })).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await effects.getByRole("link", { name: "points.earned" }).click();
  await expect(page.getByText("Caused by")).toBeVisible();
});

test("an event of each API shows the document of its own, and is made again by its own call", async ({ page }) => {
  const eventId = crypto.randomUUID();
  const action = { customerId: crypto.randomUUID(), nameSpace: "Own.Document", action: { count: 1 } };
  await call("POST", "/api/v1/events/actions", { ...action, eventId });
  const workflow = await call<{ id: string }>("POST", "/api/v4.1/event/async", {
    name: "Own",
    retailerId: live.demo.retailer_id,
    entityType: "ORDER",
    entityRef: "own-document",
    attributes: { total: 12.5 },
  });
  const collector = await call<{ id: string }>("POST", "/api/v1/events", {
    event_type: "ENTITY_EVENT",
    entity_name: "ORDER",
    entity_id: "own-document",
  });
  await signInAsDemo(page, `/events/${eventId.replaceAll("-", "")}`);
  const body = page.getByLabel("Body of the event");
  await expect(body).toContainText('nameSpace:"Own.Document"');
  await page.getByRole("button", { name: "Send again as a new event" }).click();
  await page.getByRole("status").getByRole("link").click();
  await expect(page).not.toHaveURL(new RegExp(eventId));
  await expect(body).toContainText('nameSpace:"Own.Document"');
  const { items } = await call<{ items: unknown[] }>("GET", "/api/event/pull?filter=topic%20eq%20action.created");
  expect(items.length).toBeGreaterThanOrEqual(2);
  for (const [id, text] of [
    [workflow.id, "value:12.5"],
    [collector.id.replaceAll("-", ""), 'entity_id:"own-document"'],
  ]) {
    await page.evaluate((to) => {
      window.history.pushState(null, "", `/console/events/${to}`);
      window.dispatchEvent(new PopStateEvent("popstate", { state: null }));
    }, id);
    await expect(body).toContainText(text ?? "");
    await page.getByRole("button", { name: "Send again as a new event" }).click();
    await expect(page.getByText(/Stored as/)).toBeVisible();
  }
});
