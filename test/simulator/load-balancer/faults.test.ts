import assert from "node:assert/strict";
import * as http from "node:http";
import { call, serve, until, useStage } from "./support";

describe("simulator: load balancer, faults", () => {
  const stage = useStage();

  it("load balancer: a latency delays each request until it is set back to 0", async () => {
    const balancer = await stage.balancer();
    await serve(balancer, "g", [await stage.target()]);
    const timed = async () => {
      const startedAt = performance.now();
      assert.equal((await call(balancer.port)).status, 200);
      return performance.now() - startedAt;
    };
    balancer.setLatency(300);
    const delayedMs = await timed();
    assert.ok(delayedMs >= 295, `${delayedMs} ms`);
    balancer.setLatency(0);
    assert.ok((await timed()) < delayedMs);
  });

  it("load balancer: the loss of a node resets half of the connections and counts their requests", async () => {
    const balancer = await stage.balancer();
    const open: http.ServerResponse[] = [];
    await serve(balancer, "g", [
      await stage.target((request, response) => {
        if (request.url === "/slow") open.push(response);
        else response.end("quick");
      }),
    ]);
    const agent = new http.Agent({ keepAlive: true });
    const slow = [1, 2].map(() => call(balancer.port, { path: "/slow", agent }));
    const outcomes = Promise.allSettled(slow);
    await until("two open requests", () => open.length === 2);
    assert.deepEqual(balancer.dropNode(), { connections: 1, requests: 1 });
    for (const response of open) response.end("finished");
    const statuses = (await outcomes).map(({ status }) => status);
    assert.deepEqual(statuses.sort(), ["fulfilled", "rejected"]);
    assert.equal((await call(balancer.port, { agent })).body, "quick");
    agent.destroy();
  });
});
