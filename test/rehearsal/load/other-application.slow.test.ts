import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type LoadFigures, loadOutcome, startLoad } from "../../../rehearsal/load";

const headers = { "x-shop-color": "green", "x-shop-version": "7.0.0" };

/** The server of `fixtures/shop`. @param lost items that a cart silently loses */
async function startShop(lost: number): Promise<Server> {
  const carts = new Map<string, number>();
  const server = createServer((request, response) => {
    request.resume();
    const cart = /sid=(\w+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
    if (request.url === "/api/sign-in") {
      const id = `s${carts.size}`;
      carts.set(id, 0);
      return response.writeHead(204, { ...headers, "set-cookie": `sid=${id}` }).end();
    }
    const items = request.method === "DELETE" ? 0 : (carts.get(cart) ?? 0) + 1;
    carts.set(cart, items);
    return response
      .writeHead(carts.has(cart) ? 200 : 401, headers)
      .end(JSON.stringify({ items: items === 0 ? 0 : items - lost }));
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

  it("follows its journeys, cookie and headers, loaded from its program's folder", async () => {
    const figures = await runAgainst(await startShop(0));
    assert.notEqual(loadOutcome(figures).outcome, "failed", JSON.stringify(figures.failures.slice(0, 3)));
    assert.deepEqual(Object.keys(figures.answers.byVersion), ["green 7.0.0"]);
    assert.equal(figures.sessions.total, 5);
    assert.deepEqual([figures.uploads.total, figures.webSockets.connections], [0, 0]);
  });

  it("counts the wrong answers that its journeys find", async () => {
    const figures = await runAgainst(await startShop(1));
    assert.ok(figures.answers.wrong > 0);
    assert.deepEqual(Object.keys(figures.failuresByKind), ["wrong-answer"]);
  });
});
