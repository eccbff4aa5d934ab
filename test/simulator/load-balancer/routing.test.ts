import assert from "node:assert/strict";
import type { Balancer } from "../../../simulator/load-balancer";
import {
  type Answer,
  call,
  forwardTo,
  groupSpec,
  join,
  seededRandom,
  serve,
  states,
  useStage,
} from "./support";

/** The Cookie header for the cookies of a response. */
function cookiesOf(answer: Answer): string {
  return (answer.headers["set-cookie"] ?? []).map((cookie) => cookie.split(";")[0]).join("; ");
}

describe("simulator: load balancer, routing", () => {
  const stage = useStage();

  /** Each response is the name of its group. */
  async function blueAndGreen(random?: () => number): Promise<Balancer> {
    const balancer = await stage.balancer(random === undefined ? {} : { random });
    for (const color of ["blue", "green"]) balancer.putTargetGroup(groupSpec(color));
    balancer.setDefaultAction(forwardTo({ blue: 1, green: 1 }));
    for (const color of ["blue", "green"]) {
      await join(balancer, color, [await stage.target((_request, response) => response.end(color))]);
    }
    return balancer;
  }

  async function countAnswers(balancer: Balancer, requests: number): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (let n = 0; n < requests; n++) {
      const { body } = await call(balancer.port);
      counts[body] = (counts[body] ?? 0) + 1;
    }
    return counts;
  }

  it("routing: the matching rule with the lowest priority number applies", async () => {
    const balancer = await blueAndGreen();
    balancer.setDefaultAction({
      type: "fixed-response",
      statusCode: 404,
      contentType: "text/plain",
      body: "none",
    });
    const path = { type: "path-pattern" as const, values: ["/app/*"] };
    const green = { type: "http-header" as const, name: "X-Changeover-Color", values: ["green"] };
    balancer.putRule({ arn: "all", priority: 20, conditions: [path], action: forwardTo({ blue: 1 }) });
    balancer.putRule({
      arn: "own",
      priority: 10,
      conditions: [path, green],
      action: forwardTo({ green: 1 }),
    });

    assert.equal((await call(balancer.port, { path: "/app/x?y=/z" })).body, "blue");
    const withColor = { "x-changeover-color": "GREEN" };
    assert.equal((await call(balancer.port, { path: "/app/x", headers: withColor })).body, "green");
    const unmatched = await call(balancer.port, { path: "/other" });
    assert.deepEqual([unmatched.status, unmatched.body], [404, "none"]);
    balancer.deleteRule("own");
    assert.equal((await call(balancer.port, { path: "/app/x", headers: withColor })).body, "blue");
  });

  it("routing: hosts match without their port", async () => {
    const balancer = await blueAndGreen();
    balancer.putRule({
      arn: "host",
      priority: 1,
      conditions: [{ type: "host-header", values: ["*.example.com"] }],
      action: { type: "fixed-response", statusCode: 200, contentType: "text/plain", body: "host" },
    });
    assert.equal((await call(balancer.port, { headers: { host: "a.example.com:8443" } })).body, "host");
  });

  it("routing: a redirect fills in the parts of the request", async () => {
    const balancer = await stage.balancer();
    balancer.setDefaultAction({
      type: "redirect",
      statusCode: 301,
      location: "https://#{host}:443/#{path}?#{query}",
    });
    const { status, headers } = await call(balancer.port, {
      path: "/a?b=c",
      headers: { host: "x.example:80" },
    });
    assert.deepEqual([status, headers.location], [301, "https://x.example:443/a?b=c"]);
  });

  it("routing: answers 503 before an action is set", async () => {
    const balancer = await stage.balancer();
    assert.equal((await call(balancer.port)).status, 503);
  });

  it("routing: splits requests by weight", async () => {
    const balancer = await blueAndGreen(seededRandom(7));
    balancer.setDefaultAction(forwardTo({ blue: 3, green: 1 }));
    const { blue = 0, green = 0 } = await countAnswers(balancer, 200);
    assert.ok(blue > 130 && blue < 170, `blue got ${blue} of 200 with 3 of 4 shares`);
    assert.equal(blue + green, 200);
    balancer.setDefaultAction(forwardTo({ blue: 0, green: 1 }));
    assert.deepEqual(await countAnswers(balancer, 20), { green: 20 });
  });

  it("routing: answers 503 when all weights are 0", async () => {
    const balancer = await blueAndGreen();
    balancer.setDefaultAction(forwardTo({ blue: 0, green: 0 }));
    assert.equal((await call(balancer.port)).status, 503);
  });

  it("routing: healthy targets of a group take turns", async () => {
    const balancer = await stage.balancer();
    const targets = [await stage.target(), await stage.target(), await stage.target()];
    await serve(balancer, "g", targets);
    assert.deepEqual(await countAnswers(balancer, 9), { "i-1": 3, "i-2": 3, "i-3": 3 });
    assert.equal(balancer.counters("g").requests, 9);
  });

  it("routing: a changed rule applies to the next request, not to those in progress", async () => {
    const balancer = await stage.balancer();
    let finish = () => {};
    const slow = await stage.target((_request, response) => {
      finish = () => response.end("old");
    });
    await serve(balancer, "old", [slow]);
    balancer.putTargetGroup(groupSpec("new"));
    const underWay = call(balancer.port);
    while (slow.paths.length === 0) await new Promise(setImmediate);
    balancer.setDefaultAction(forwardTo({ new: 1 }));
    await join(balancer, "new", [await stage.target((_request, response) => response.end("new"))]);
    assert.equal((await call(balancer.port)).body, "new");
    finish();
    assert.equal((await underWay).body, "old");
  });

  describe("simulator: load balancer, group stickiness", () => {
    /** A client bound to blue, which has weight 0 now. */
    async function boundToBlue() {
      const balancer = await blueAndGreen();
      balancer.setDefaultAction(forwardTo({ blue: 1, green: 0 }, 60));
      const first = await call(balancer.port);
      assert.equal(first.body, "blue");
      balancer.setDefaultAction(forwardTo({ blue: 0, green: 1 }, 60));
      return { balancer, headers: { cookie: `session=abc; ${cookiesOf(first)}` } };
    }

    it("stickiness: a client stays in its group, also at weight 0", async () => {
      const { balancer, headers } = await boundToBlue();
      for (let n = 0; n < 5; n++) assert.equal((await call(balancer.port, { headers })).body, "blue");
      assert.equal((await call(balancer.port)).body, "green");
    });

    it("stickiness: answers 503 to a client of an empty group while the rule lists it", async () => {
      const { balancer, headers } = await boundToBlue();
      const [{ target } = assert.fail("blue is empty")] = balancer.describeTargetHealth("blue");
      await balancer.deregisterTarget("blue", target.id);
      assert.equal((await call(balancer.port, { headers })).status, 503);
      assert.equal(balancer.counters("blue").balancer5xx, 1);
      balancer.setDefaultAction(forwardTo({ green: 1 }, 60));
      assert.equal((await call(balancer.port, { headers })).body, "green");
    });

    it("stickiness: the cookie is ignored when the rule has no stickiness", async () => {
      const { balancer, headers } = await boundToBlue();
      balancer.setDefaultAction(forwardTo({ blue: 0, green: 1 }));
      const answer = await call(balancer.port, { headers });
      assert.deepEqual([answer.body, answer.headers["set-cookie"]], ["green", undefined]);
    });

    it("stickiness: the cookie expires", async () => {
      const balancer = await blueAndGreen();
      balancer.setDefaultAction(forwardTo({ blue: 1, green: 0 }, 1));
      const headers = { cookie: cookiesOf(await call(balancer.port)) };
      balancer.setDefaultAction(forwardTo({ blue: 0, green: 1 }, 1));
      await new Promise((resolve) => setTimeout(resolve, 1010));
      assert.equal((await call(balancer.port, { headers })).body, "green");
    });

    it("stickiness: the cookie of another load balancer is ignored", async () => {
      const { headers } = await boundToBlue();
      const balancer = await blueAndGreen();
      balancer.setDefaultAction(forwardTo({ blue: 0, green: 1 }, 60));
      assert.equal((await call(balancer.port, { headers })).body, "green");
      assert.deepEqual(states(balancer, "blue"), ["healthy"]);
    });
  });
});
