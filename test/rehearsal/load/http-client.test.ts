import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../../../rehearsal/load/clock";
import { HttpClient } from "../../../rehearsal/load/http-client";

/** How many connections three requests in a row need, with a pause before each. */
async function connectionsFor(idleSeconds: number): Promise<number> {
  let connections = 0;
  // Like an ALB, it does not tell how long it keeps an unused connection.
  const server = createServer((_, response) => response.setHeader("connection", "keep-alive").end("{}"));
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const client = new HttpClient(`http://127.0.0.1:${port}`, { maxSockets: 1, idleSeconds });
  try {
    for (let n = 0; n < 3; n++) {
      const deadlineMs = monotonicMs() + 5_000;
      const { status } = await client.send({ method: "GET", path: "/", cookie: undefined, deadlineMs });
      assert.equal(status, 200);
      await sleep(300);
    }
  } finally {
    client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  return connections;
}

describe("the HTTP client", () => {
  it("goes on with its connection, but not after the time for which it may stay unused", async () => {
    assert.deepEqual(await Promise.all([connectionsFor(30), connectionsFor(0.1)]), [1, 3]);
  });
});
