import { call, expect, signInAsDemo, test } from "./live";

/** Takes minutes: `MEASURE=1 make test-console` prints the figures of docs/console.md. */
test.skip(!process.env.MEASURE, "Measured on demand.");

const EVENTS = 100_000;
const BATCH = 1_000;

test("10⁵ events are listed and scrolled", async ({ page }) => {
  test.setTimeout(300_000);
  for (let batch = 0; batch < EVENTS / BATCH; batch += 1) {
    const events = Array.from({ length: BATCH }, (_, n) => ({
      event_type: "ENTITY_EVENT",
      entity_name: "PRICE",
      entity_id: `price-${batch}-${n}`,
      event_payload: { operation: "UPDATE" },
    }));
    await call("POST", "/api/v1/events/batch", { events });
  }
  await signInAsDemo(page, "/events?topic=price.updated");
  const table = page.getByRole("table", { name: "Events" });
  const body = table.locator(".grid-body");
  await expect(table.getByText(`price-${EVENTS / BATCH - 1}-999`)).toBeVisible();
  await expect(async () => {
    await body.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    expect(Number(await table.getAttribute("aria-rowcount"))).toBe(EVENTS + 1);
  }).toPass({ intervals: [30], timeout: 200_000 });
  const frames = await body.evaluate(async (element) => {
    const taken: number[] = [];
    let last = performance.now();
    for (let step = 0; step < 300; step += 1) {
      element.scrollTo(0, (element.scrollHeight * ((step * 37) % 300)) / 300);
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const now = performance.now();
      taken.push(now - last);
      last = now;
    }
    return taken.sort((one, other) => one - other);
  });
  const at = (share: number) => Math.round(frames[Math.floor(frames.length * share)] ?? 0);
  const rows = await table.getByRole("row").count();
  process.stdout.write(`    ${EVENTS} rows: ${rows} drawn, frames of ${at(0.5)} ms (median), ${at(0.99)} ms (p99)\n`);
  expect(rows).toBeLessThan(100);
});
