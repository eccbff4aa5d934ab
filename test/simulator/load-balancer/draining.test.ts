import assert from "node:assert/strict";
import * as http from "node:http";
import { call, join, serve, states, until, useStage } from "./support";

describe("simulator: load balancer, deregistration", () => {
  const stage = useStage();

  it("deregistration: resolves after the last request in progress and the last connection", async () => {
    const balancer = await stage.balancer();
    let finish = () => {};
    const leaving = await stage.target((request, response) => {
      if (request.url === "/slow") finish = () => response.end("finished");
      else response.end("quick");
    });
    const staying = await stage.target();
    await serve(balancer, "g", [leaving]);
    const slow = call(balancer.port, { path: "/slow" });
    await Promise.all([call(balancer.port), call(balancer.port)]);
    await join(balancer, "g", [staying]);

    let out = false;
    const deregistered = balancer.deregisterTarget("g", leaving.id).then(() => {
      out = true;
    });
    assert.deepEqual(balancer.describeTargetHealth("g").at(-1), {
      target: { id: leaving.id, host: leaving.host, port: leaving.port },
      state: "draining",
      reason: "Target.DeregistrationInProgress",
    });
    for (let n = 0; n < 4; n++) assert.equal((await call(balancer.port)).body, staying.id);
    assert.equal(out, false);
    finish();
    assert.equal((await slow).body, "finished");
    await deregistered;
    assert.deepEqual(states(balancer, "g"), ["healthy"]);
    await until("no connection", () => leaving.sockets.size === 0);
  });

  it("deregistration: cuts open requests after the delay with 502 or a broken response", async () => {
    const balancer = await stage.balancer({ timeScale: 10 });
    const target = await stage.target((request, response) => {
      if (request.url === "/begun") response.write("begun");
    });
    await serve(balancer, "g", [target], { deregistrationDelaySeconds: 2 });
    const silent = call(balancer.port, { path: "/silent" });
    const begun = assert.rejects(call(balancer.port, { path: "/begun" }));
    await until("both under way", () => balancer.counters("g").target2xx === 1 && target.paths.length === 2);
    const startedAt = performance.now();
    await balancer.deregisterTarget("g", target.id);
    const ms = performance.now() - startedAt;
    assert.ok(ms >= 190 && ms < 1900, `a delay of 2 s at time scale 10 took ${ms} ms`);
    assert.equal((await silent).status, 502);
    await begun;
    const { balancer5xx, cutResponses, inFlight } = balancer.counters("g");
    assert.deepEqual(
      { balancer5xx, cutResponses, inFlight },
      { balancer5xx: 1, cutResponses: 1, inFlight: 0 },
    );
  });

  it("load balancer: answers 503 for an empty group", async () => {
    const balancer = await stage.balancer();
    const target = await stage.target();
    await serve(balancer, "g", [target]);
    await balancer.deregisterTarget("g", target.id);
    assert.equal((await call(balancer.port)).status, 503);
    const { requests, balancer5xx } = balancer.counters("g");
    assert.deepEqual({ requests, balancer5xx }, { requests: 0, balancer5xx: 1 });
  });

  it("deregistration: an unknown target is no error, and a second call waits for the first", async () => {
    const balancer = await stage.balancer();
    let finish = () => {};
    const target = await stage.target((_request, response) => {
      finish = () => response.end();
    });
    await serve(balancer, "g", [target]);
    await balancer.deregisterTarget("g", "i-unknown");
    const request = call(balancer.port);
    await until("under way", () => target.paths.length === 1);
    const both = Promise.all([
      balancer.deregisterTarget("g", target.id),
      balancer.deregisterTarget("g", target.id),
    ]);
    finish();
    await both;
    assert.equal((await request).status, 200);
  });

  it("deregistration: deletion of the target group does not cut requests in progress", async () => {
    const balancer = await stage.balancer();
    let finish = () => {};
    const target = await stage.target((_request, response) => {
      finish = () => response.end("finished");
    });
    await serve(balancer, "g", [target]);
    const request = call(balancer.port);
    await until("under way", () => target.paths.length === 1);
    balancer.setDefaultAction({
      type: "fixed-response",
      statusCode: 503,
      contentType: "text/plain",
      body: "",
    });
    balancer.deleteTargetGroup("g");
    finish();
    assert.equal((await request).body, "finished");
  });
});

describe("simulator: load balancer, close", () => {
  const stage = useStage();

  it("close: waits for requests in progress within the grace, and accepts no connection", async () => {
    const balancer = await stage.balancer();
    let finish = () => {};
    const target = await stage.target((_request, response) => {
      finish = () => response.end("finished");
    });
    await serve(balancer, "g", [target], { deregistrationDelaySeconds: 0 });
    const request = call(balancer.port, { agent: new http.Agent({ keepAlive: true }) });
    await until("under way", () => target.paths.length === 1);
    const closed = balancer.close(10_000);
    await assert.rejects(call(balancer.port), { code: "ECONNREFUSED" });
    finish();
    assert.equal((await request).body, "finished");
    await closed;
    await until("no connection", () => target.sockets.size === 0);
  });

  it("close: cuts open requests at once without a grace", async () => {
    const balancer = await stage.balancer();
    const target = await stage.target(() => {});
    await serve(balancer, "g", [target], { deregistrationDelaySeconds: 300 });
    const request = call(balancer.port).then(
      ({ status }) => status,
      () => "cut",
    );
    await until("under way", () => target.paths.length === 1);
    await Promise.all([balancer.close(), balancer.close()]);
    assert.ok([502, "cut"].includes(await request));
  });
});
