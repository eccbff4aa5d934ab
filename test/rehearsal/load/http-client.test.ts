import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../../../rehearsal/load/clock";
import { HttpClient } from "../../../rehearsal/load/http-client";
import { TargetAddress } from "../../../rehearsal/load/target-address";

/** Number of connections for three requests with pauses between them. */
async function connectionsFor(idleSeconds: number): Promise<number> {
  let connections = 0;
  // Like an ALB, it does not send its idle timeout.
  const server = createServer((_, response) => response.setHeader("connection", "keep-alive").end("{}"));
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const client = new HttpClient(new TargetAddress(`http://127.0.0.1:${port}`), {
    maxSockets: 1,
    idleSeconds,
  });
  try {
    for (let n = 0; n < 3; n++) {
      const deadlineMs = monotonicMs() + 5_000;
      const { status } = await client.send({ method: "GET", path: "/", headers: {}, deadlineMs });
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

describe("load: HTTP client", () => {
  it("reuses a connection until its idle limit", async () => {
    assert.deepEqual(await Promise.all([connectionsFor(30), connectionsFor(0.1)]), [1, 3]);
  });
});
