import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type LoadFigures, loadOutcome, startLoad } from "../../../rehearsal/load";

const headers = { "x-shop-color": "green", "x-shop-version": "7.0.0" };

interface ShopFaults {
  /** Items that a cart silently loses. */
  readonly lostItems?: number;
  /** Orders that are no longer readable after their first read. */
  readonly vanishingOrders?: boolean;
}

/** The server of `fixtures/shop`. */
async function startShop({ lostItems = 0, vanishingOrders = false }: ShopFaults = {}): Promise<Server> {
  const carts = new Map<string, number>();
  const orders = new Map<string, { note: string; reads: number }>();
  const server = createServer(async (request, response) => {
    const { method = "", url = "" } = request;
    let sent = "";
    for await (const piece of request) sent += piece;
    const answer = (status: number, body = "", more: Record<string, string> = {}) =>
      response.writeHead(status, { ...headers, ...more }).end(body);
    if (url === "/api/sign-in") {
      if (!new URLSearchParams(sent).get("user")?.startsWith("user-")) return answer(400);
      const token = `t${carts.size}`;
      carts.set(token, 0);
      return answer(200, JSON.stringify({ token }));
    }
    const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
    if (!carts.has(token)) return answer(401);
    const order = orders.get(url);
    if (order !== undefined) {
      order.reads++;
      const isGone = vanishingOrders && order.reads > 1;
      return isGone
        ? answer(404)
        : answer(200, `<p>Note: ${order.note}.</p>`, { "content-type": "text/html" });
    }
    if (url === "/api/orders") {
      const location = `/api/orders/${orders.size}`;
      orders.set(location, { note: JSON.parse(sent).note, reads: 0 });
      return answer(303, "", { location });
    }
    const items = method === "DELETE" ? 0 : (carts.get(token) ?? 0) + 1;
    carts.set(token, items);
    return answer(200, JSON.stringify({ items: items === 0 ? 0 : items - lostItems }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function runAgainst(server: Server): Promise<LoadFigures> {
  const load = startLoad({
    programDirectory: join(__dirname, "fixtures", "shop"),
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requestsPerSecond: 200,
    sessions: 5,
    uploads: { concurrent: 2, bytes: 1, durationSeconds: 1 },
    webSockets: 2,
  });
  try {
    await load.started;
    for (const endMs = Date.now() + 10_000; load.snapshot().requests.total < 50 && Date.now() < endMs; ) {
      await sleep(50);
    }
    return await load.stop();
  } finally {
    await load.stop().catch(() => undefined);
    server.closeAllConnections();
    server.close();
  }
}

describe("load: another application", function () {
  this.timeout(60_000);

  it("follows its journeys, token, forms, redirects and headers, loaded from its program's folder", async () => {
    const figures = await runAgainst(await startShop());
    assert.notEqual(loadOutcome(figures).outcome, "failed", JSON.stringify(figures.failures.slice(0, 3)));
    assert.deepEqual(Object.keys(figures.answers.byVersion), ["green 7.0.0"]);
    assert.equal(figures.sessions.total, 5);
    assert.deepEqual([figures.uploads.total, figures.webSockets.connections], [0, 0]);
    assert.ok(figures.records.stored > 0 && figures.records.reads > figures.records.stored);
    assert.deepEqual([figures.records.failedReads, figures.records.failedSpan], [0, null]);
  });

  it("counts the wrong answers that its journeys find", async () => {
    const figures = await runAgainst(await startShop({ lostItems: 1 }));
    assert.ok(figures.answers.wrong > 0);
    assert.deepEqual(Object.keys(figures.failuresByKind), ["wrong-answer"]);
    assert.match(figures.failures[0]?.detail ?? "", /^items must be 1, got 0$/);
  });

  it("counts stored records that cannot be read later", async () => {
    const figures = await runAgainst(await startShop({ vanishingOrders: true }));
    assert.ok(figures.records.failedReads > 0);
    assert.equal(figures.failuresByKind["unexpected-status"], figures.records.failedReads);
    assert.ok(figures.records.failedSpan !== null);
  });
});
