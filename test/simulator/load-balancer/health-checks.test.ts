import assert from "node:assert/strict";
import { call, forwardTo, groupSpec, join, serve, states, type TestTarget, until, useStage } from "./support";

const atOf = ({ id, host, port }: TestTarget) => ({ id, host, port });

describe("simulator: load balancer, health checks", () => {
  const stage = useStage();

  it("health checks: start when a rule uses the group, also at weight 0", async () => {
    const balancer = await stage.balancer();
    const target = await stage.target();
    balancer.putTargetGroup(groupSpec("idle"));
    balancer.registerTarget("idle", atOf(target));
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(balancer.describeTargetHealth("idle"), [
      { target: atOf(target), state: "unused", reason: "Target.NotInUse" },
    ]);
    assert.equal(target.sockets.size, 0);

    balancer.setDefaultAction(forwardTo({ idle: 0 }));
    assert.deepEqual(states(balancer, "idle"), ["initial"]);
    await until("healthy", () => states(balancer, "idle")[0] === "healthy");
    balancer.setDefaultAction({
      type: "fixed-response",
      statusCode: 503,
      contentType: "text/plain",
      body: "",
    });
    assert.deepEqual(states(balancer, "idle"), ["unused"]);
    balancer.setDefaultAction(forwardTo({ idle: 0 }));
    assert.deepEqual(states(balancer, "idle"), ["initial"], "what was known before counts no more");
  });

  it("health checks: check a new target at once", async () => {
    const balancer = await stage.balancer();
    await serve(balancer, "g", [await stage.target()], { intervalSeconds: 300 });
  });

  it("health checks: a new target receives no request before its first passed check", async () => {
    const balancer = await stage.balancer();
    const [first, second] = [await stage.target(), await stage.target()];
    second.healthStatus = 500;
    await serve(balancer, "g", [first], { unhealthyThreshold: 10 });
    balancer.registerTarget("g", atOf(second));
    for (let n = 0; n < 4; n++) assert.equal((await call(balancer.port)).body, first.id);
    second.healthStatus = 200;
    await until("both healthy", () => states(balancer, "g").every((state) => state === "healthy"));
    const answers = [(await call(balancer.port)).body, (await call(balancer.port)).body];
    assert.deepEqual(answers.sort(), [first.id, second.id]);
  });

  it("health checks: an unhealthy target receives no requests until it is healthy again", async () => {
    const balancer = await stage.balancer();
    const [well, ill] = [await stage.target(), await stage.target()];
    await serve(balancer, "g", [well, ill]);
    ill.healthStatus = 503;
    await until("one unhealthy", () => states(balancer, "g")[1] === "unhealthy");
    assert.equal(balancer.describeTargetHealth("g")[1]?.reason, "Target.ResponseCodeMismatch");
    for (let n = 0; n < 4; n++) assert.equal((await call(balancer.port)).body, well.id);
    ill.healthStatus = 200;
    await until("both healthy", () => states(balancer, "g")[1] === "healthy");
  });

  it("health checks: report a timeout and a refused connection as different reasons", async () => {
    const balancer = await stage.balancer();
    const silent = await stage.rawTarget(() => {});
    const gone = await stage.target();
    await gone.close();
    balancer.putTargetGroup(groupSpec("g", { timeoutSeconds: 0.05 }));
    balancer.setDefaultAction(forwardTo({ g: 1 }));
    for (const target of [silent, gone]) balancer.registerTarget("g", atOf(target));
    await until("both unhealthy", () => states(balancer, "g").every((state) => state === "unhealthy"));
    const reasons = balancer.describeTargetHealth("g").map(({ reason }) => reason);
    assert.deepEqual(reasons, ["Target.Timeout", "Target.FailedHealthChecks"]);
  });

  it("health checks: a group without a healthy target fails open", async () => {
    const balancer = await stage.balancer();
    const targets = [await stage.target(), await stage.target()];
    await serve(balancer, "g", targets);
    for (const target of targets) target.healthStatus = 500;
    await until("all unhealthy", () => states(balancer, "g").every((state) => state === "unhealthy"));
    const answers = [await call(balancer.port), await call(balancer.port)];
    assert.deepEqual(
      answers.map(({ body }) => body).sort(),
      targets.map(({ id }) => id),
    );
  });

  it("health checks: a changed setting applies to the next check", async () => {
    const balancer = await stage.balancer();
    const target = await stage.target();
    target.healthStatus = 404;
    await serve(balancer, "g", [await stage.target()]);
    balancer.registerTarget("g", atOf(target));
    await until("unhealthy", () => states(balancer, "g")[1] === "unhealthy");
    balancer.putTargetGroup(groupSpec("g", { matcher: "200,404" }));
    await until("healthy", () => states(balancer, "g")[1] === "healthy");
  });

  it("health checks: the time scale divides the interval", async () => {
    const balancer = await stage.balancer({ timeScale: 100 });
    const target = await stage.target();
    await serve(balancer, "g", [target], { intervalSeconds: 5, timeoutSeconds: 200 });
    target.healthStatus = 500;
    // Two failed checks take at least 10 s at the real interval.
    await until("unhealthy", () => states(balancer, "g")[0] === "unhealthy", 5000);
  });

  it("health checks: stop with the load balancer", async () => {
    const balancer = await stage.balancer();
    let checks = 0;
    const target = await stage.rawTarget((socket) => {
      checks++;
      socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
    balancer.putTargetGroup(groupSpec("g"));
    balancer.setDefaultAction(forwardTo({ g: 1 }));
    await join(balancer, "g", [target]);
    await balancer.close();
    const until = checks;
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(checks, until);
  });
});
