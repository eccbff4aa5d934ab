import assert from "node:assert/strict";
import * as http from "node:http";
import type { Balancer } from "../../../simulator/load-balancer";
import { call, forwardTo, groupSpec, join, pause, type TestTarget, until, useStage } from "./support";

const REQUESTS_PER_SECOND = 250;

/** Open loop: sends at fixed times, independent of the responses. */
function openLoop(balancer: Balancer): () => Promise<{ sent: number; failed: string[] }> {
  const agent = new http.Agent({ keepAlive: true });
  const failed: string[] = [];
  const pending = new Set<Promise<void>>();
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) * REQUESTS_PER_SECOND) / 1000;
    for (; sent < due; sent++) {
      const post = sent % 3 === 0 ? { method: "POST", body: "x".repeat(2000) } : {};
      const request: Promise<void> = call(balancer.port, { path: `/${sent}`, agent, ...post })
        .then(
          ({ status }) => {
            if (status !== 200) failed.push(String(status));
          },
          (error: Error) => {
            failed.push(error.message);
          },
        )
        .finally(() => pending.delete(request));
      pending.add(request);
    }
  }, 4);
  return async () => {
    clearInterval(timer);
    await Promise.all(pending);
    agent.destroy();
    return { sent, failed };
  };
}

describe("simulator: load balancer, a release under load", () => {
  const stage = useStage();
  const colors = ["blue", "green"] as const;

  /** Responds after some milliseconds, so that requests are always in progress. */
  const server = () =>
    stage.target((request, response) => {
      request.resume();
      request.on("end", () => setTimeout(() => response.end(), Number(request.url?.slice(1)) % 10));
    });

  async function twoColors(): Promise<Balancer> {
    const balancer = await stage.balancer();
    for (const color of colors) balancer.putTargetGroup(groupSpec(color));
    balancer.setDefaultAction(forwardTo({ blue: 1, green: 0 }));
    return balancer;
  }

  const fleet = async (): Promise<TestTarget[]> => [await server(), await server()];

  it("load balancer: a release in the documented order loses no request", async () => {
    const balancer = await twoColors();
    let live = await fleet();
    await join(balancer, "blue", live);
    const stop = stage.alsoEnd(openLoop(balancer));
    for (let release = 1; release <= 12; release++) {
      const [from, to] = release % 2 === 1 ? (["blue", "green"] as const) : (["green", "blue"] as const);
      const next = await fleet();
      await join(balancer, to, next);
      await pause(60);
      balancer.setDefaultAction(forwardTo({ [from]: 1, [to]: 1 }));
      await pause(60);
      balancer.setDefaultAction(forwardTo({ [from]: 0, [to]: 1 }));
      await pause(60);
      await Promise.all(live.map(({ id }) => balancer.deregisterTarget(from, id)));
      for (const target of live) {
        await until("no connection to a target that is out", () => target.sockets.size === 0);
        await target.close();
      }
      live = next;
    }
    const { sent, failed } = await stop();
    assert.deepEqual(failed, []);
    const [blue, green] = colors.map((color) => balancer.counters(color)) as [Counters, Counters];
    assert.equal(blue.requests + green.requests, sent);
    assert.equal(blue.target2xx + green.target2xx, sent);
    assert.ok(blue.requests > 0 && green.requests > 0);
    assert.equal(blue.balancer5xx + green.balancer5xx + blue.clientClosed + green.clientClosed, 0);
  });

  it("load balancer: requests fail with 502 when a target stops while it is registered", async () => {
    const balancer = await twoColors();
    const server = http.createServer();
    let stopping = false;
    const stopped = await stage.target((_request, response) => {
      if (stopping) response.setHeader("connection", "close");
      response.end();
    }, server);
    // Half a second until the target is unhealthy; seconds in production.
    balancer.putTargetGroup(groupSpec("blue", { unhealthyThreshold: 10 }));
    await join(balancer, "blue", [...(await fleet()), stopped]);
    const stop = stage.alsoEnd(openLoop(balancer));
    await pause(200);
    // As on SIGTERM: requests in progress finish, and connections are refused.
    stopping = true;
    server.close();
    await pause(1000);
    const { sent, failed } = await stop();
    assert.ok(failed.length > 0 && failed.length < sent / 2, `${failed.length} of ${sent} failed`);
    assert.deepEqual(new Set(failed), new Set(["502"]));
    assert.equal(balancer.counters("blue").balancer5xx, failed.length);
  });
});

type Counters = ReturnType<Balancer["counters"]>;
