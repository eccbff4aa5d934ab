import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { problemsOf } from "../../lambda/gate/decide";
import { type GateInput, readEvent } from "../../lambda/gate/event";
import { type GateResult, handler, passedText } from "../../lambda/gate/index";
import type { VersionReport } from "../../lambda/gate/report";
import type { TargetHealth } from "../../traffic/targets";
import { FakeAws, functionEnvironment } from "./support/fake-aws";

/** A load balancer: for requests with the color's header, its targets answer in turn. */
class FakeLoadBalancer {
  /** Undefined for a request without a target: the load balancer answers 503. */
  answers: (VersionReport | FakeAnswer | undefined)[] = [];
  readiness: FakeAnswer[] = [{ status: 200, body: "ok" }];
  /** For each answer after the first round. */
  laterAnswersTakeMs = 0;
  versionPath = "/version";
  /** The Host headers of all requests, each once. */
  hosts: string[] = [];
  private turn = 0;
  private readinessTurn = 0;
  private readonly server = createServer((request, response) => {
    this.hosts = [...new Set([...this.hosts, String(request.headers.host)])];
    const isReadiness = request.url === "/readyz";
    const answer = isReadiness
      ? this.readiness[this.readinessTurn++ % this.readiness.length]
      : this.answers[this.turn++ % Math.max(1, this.answers.length)];
    const isKnown = isReadiness || request.url === this.versionPath;
    if (!isKnown || request.headers["x-changeover-color"] !== "blue" || !answer) {
      response.writeHead(503, { server: "awselb/2.0" }).end("no such color");
      return;
    }
    if ("isCut" in answer) {
      response.destroy();
      return;
    }
    if ("status" in answer) {
      response.writeHead(answer.status, answer.headers).end(answer.body);
      return;
    }
    response.setHeader("content-type", "application/json");
    const takesMs = this.turn > this.answers.length ? this.laterAnswersTakeMs : 0;
    setTimeout(() => response.end(JSON.stringify({ tier: "web", ...answer })), takesMs);
  });
  url = "";

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

interface FakeAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Record<string, string>;
  readonly isCut?: true;
}

const blue = (instance: string, version = "1.1.0", color = "blue"): VersionReport => ({
  instance,
  color,
  version,
});

const TOPIC = "arn:aws:sns:eu-central-1:123456789012:on-call";

describe("gate", function () {
  this.timeout(30_000);
  let aws: FakeAws;
  let cloud: FakeLoadBalancer;
  let restore: () => void;
  const originalLog = console.log;

  beforeEach(async () => {
    aws = new FakeAws();
    cloud = new FakeLoadBalancer();
    await Promise.all([aws.start(), cloud.start()]);
    restore = functionEnvironment(aws, [TOPIC]);
    console.log = () => {};
  });
  afterEach(async () => {
    console.log = originalLog;
    restore();
    await Promise.all([aws.stop(), cloud.stop()]);
  });

  /** Changes right before a poll, by its number. */
  const beforePoll = (changes: Record<number, () => void>) => {
    aws.before = (action, count) => {
      if (action === "DescribeTargetHealth") changes[count]?.();
    };
  };

  const event = (changes: Partial<GateInput["tiers"][number]> = {}): GateInput => ({
    color: "blue",
    version: "1.1.0",
    sharePercent: 100,
    otherSharePercent: 100,
    timeoutSeconds: 1,
    pollSeconds: 0.05,
    tiers: [
      {
        tier: "web",
        targetGroupArn: "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/web-blue/1",
        url: cloud.url,
        headers: { "x-changeover-color": "blue" },
        minHealthy: 2,
        ...changes,
      },
    ],
  });
  const check = async (input: GateInput) => (await handler(input)) as GateResult;
  const healthy = (...ids: string[]) => ids.map((id) => ({ id, state: "healthy" }));

  it("gate: passes when every target is healthy and reports the expected version", async () => {
    aws.targets.blue = [...healthy("i-1", "i-2"), { id: "i-0", state: "draining" }];
    cloud.answers = [blue("i-1"), blue("i-1"), blue("i-2")];
    const result = await check(event());
    assert.deepEqual(result.tiers, [{ tier: "web", healthy: 2, needed: 2, instances: ["i-1", "i-2"] }]);
    assert.equal(result.color, "blue");
    assert.equal(result.version, "1.1.0");
  });

  it("gate: waits while targets become healthy and old ones leave", async () => {
    aws.targets.blue = [{ id: "i-1", state: "initial", reason: "Elb.RegistrationInProgress" }];
    cloud.answers = [blue("i-0", "1.0.0"), blue("i-1")];
    const waiting = check({ ...event(), timeoutSeconds: 20 });
    while (aws.count("DescribeTargetHealth") < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    cloud.answers = [blue("i-1"), blue("i-2")];
    aws.targets.blue = healthy("i-1", "i-2");
    assert.deepEqual((await waiting).tiers, [
      { tier: "web", healthy: 2, needed: 2, instances: ["i-1", "i-2"] },
    ]);
  });

  it("gate: fails with too few targets", async () => {
    aws.targets.blue = healthy("i-1");
    cloud.answers = [blue("i-1")];
    await assert.rejects(
      handler(event()),
      /Gate check failed: blue 1\.1\.0.*web:\n {2}- 1 healthy targets, 2 needed/s,
    );
  });

  it("gate: fails with fewer targets than the serving color has", async () => {
    aws.targets.blue = healthy("i-1", "i-2");
    cloud.answers = [blue("i-1"), blue("i-2")];
    const otherTargetGroupArn = "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/web-green/1";
    aws.targets.green = [...healthy("i-3", "i-4", "i-5"), { id: "i-6", state: "unhealthy" }];
    await assert.rejects(
      handler(event({ otherTargetGroupArn })),
      /2 healthy targets, 3 needed \(the other color runs 3\): raise the color's capacity/,
    );
    aws.targets.green = healthy("i-3", "i-4");
    assert.equal((await check(event({ otherTargetGroupArn }))).tiers[0]?.healthy, 2);
  });

  it("gate: fails when a target reports another version", async () => {
    aws.targets.blue = healthy("i-1", "i-2", "i-3");
    cloud.answers = [blue("i-1"), blue("i-2"), blue("i-3", "1.0.0")];
    await assert.rejects(
      handler(event()),
      /another color or version: i-3 is blue 1\.0\.0.*left the target group/s,
    );
  });

  it("gate: reports the last complete poll, not one that the time limit ended", async () => {
    aws.targets.blue = healthy("i-1", "i-2", "i-3");
    cloud.answers = [blue("i-1"), blue("i-2"), blue("i-3", "1.0.0")];
    cloud.laterAnswersTakeMs = 700;
    await assert.rejects(handler({ ...event(), timeoutSeconds: 1 }), /i-3 is blue 1\.0\.0/);
  });

  it("gate: drops the report of an instance that has left the group", async () => {
    aws.targets.blue = healthy("i-1", "i-2");
    cloud.answers = [blue("i-1")];
    beforePoll({
      2: () => {
        aws.targets.blue = healthy("i-2", "i-3");
        cloud.answers = [blue("i-2")];
      },
      3: () => {
        cloud.answers = [blue("i-2"), blue("i-3")];
      },
    });
    const { tiers } = await check({ ...event(), timeoutSeconds: 20 });
    assert.deepEqual(tiers[0]?.instances, ["i-2", "i-3"]);
  });

  for (const [wrong, second] of [
    ["another version", blue("i-2", "1.0.0")],
    ["an error", undefined],
  ] as const) {
    it(`gate: drops earlier reports after ${wrong}`, async () => {
      aws.targets.blue = healthy("i-1", "i-2");
      cloud.answers = [blue("i-1"), second];
      beforePoll({
        2: () => {
          cloud.answers = [blue("i-2")];
        },
        3: () => {
          cloud.answers = [blue("i-1"), blue("i-2")];
        },
      });
      await check({ ...event(), timeoutSeconds: 20 });
      assert.equal(
        aws.count("DescribeTargetHealth"),
        3,
        "it passed before both had reported the version in a row",
      );
    });
  }

  it("gate: rejects a response of more than 64 KiB", async () => {
    aws.targets.blue = healthy("i-1", "i-2");
    const note = "x".repeat(64 * 1024);
    cloud.answers = ["i-1", "i-2"].map((id) => ({ ...blue(id), note }));
    await assert.rejects(
      handler({ ...event(), timeoutSeconds: 1 }),
      /\/version failed: the response is too long/,
    );
  });

  it("gate: fails when instances outside the target group answer, although their version is the expected one", async () => {
    aws.targets.blue = healthy("i-1", "i-2");
    cloud.answers = [{ ...blue("i-8"), service: "orders" }];
    await assert.rejects(
      handler(event()),
      /not in the target group: i-8 is orders blue 1\.1\.0: another rule of the listener took the request/,
    );
  });

  it("gate: fails when an instance reports a host name, unless matchInstances is false", async () => {
    aws.targets.blue = healthy("i-1", "i-2");
    cloud.answers = [blue("ip-10-0-3-7"), blue("ip-10-0-4-9")];
    await assert.rejects(
      handler(event()),
      /whose instance is not the id of an EC2 instance: ip-10-0-\d-\d is blue 1\.1\.0: let the version report the id.*`matchInstances`/,
    );
    const { tiers } = await check(event({ matchInstances: false }));
    assert.deepEqual(tiers[0]?.instances, ["ip-10-0-3-7", "ip-10-0-4-9"]);
  });

  it("gate: accepts a host name that begins with the instance's id", async () => {
    aws.targets.blue = healthy("i-1", "i-2");
    cloud.answers = [blue("i-1.eu-central-1.compute.internal"), blue("i-2")];
    assert.equal((await check(event())).tiers[0]?.healthy, 2);
  });

  it("gate: fails when a report names another service, or none without ids of instances", async () => {
    aws.targets.blue = healthy("i-1");
    const one = { minHealthy: 1, service: "shop" };
    cloud.answers = [{ ...blue("i-1"), service: "orders" }];
    await assert.rejects(handler(event(one)), /reports of another service: i-1 is orders blue 1\.1\.0/);
    cloud.answers = [blue("i-1")];
    assert.equal((await check(event(one))).tiers[0]?.healthy, 1);
    await assert.rejects(
      handler(event({ ...one, matchInstances: false })),
      /reports of another service: i-1/,
    );
    cloud.answers = [{ ...blue("host-1"), service: "Shop" }];
    assert.equal((await check(event({ ...one, matchInstances: false }))).tiers[0]?.healthy, 1);
  });

  it("gate: asks for the host and the path of the version that it was given", async () => {
    aws.targets.blue = healthy("i-1");
    cloud.answers = [blue("i-1")];
    cloud.versionPath = "/api/version";
    await check(event({ minHealthy: 1, host: "shop.example.com", versionPath: "/api/version" }));
    assert.deepEqual(cloud.hosts, ["shop.example.com"]);
    cloud.answers = [];
    await assert.rejects(
      handler(event({ minHealthy: 1, host: "shop.example.com", versionPath: "/api/version" })),
      /GET http:\/\/127\.0\.0\.1:\d+\/api\/version for shop\.example\.com answered 503/,
    );
  });

  it("gate: fails when a target reports another color", async () => {
    aws.targets.blue = healthy("i-1", "i-2");
    cloud.answers = [blue("i-1", "1.1.0", "green"), blue("i-2", "1.1.0", "green")];
    await assert.rejects(handler(event()), /i-\d is green 1\.1\.0/);
  });

  it("gate: fails when a registered target never reports", async () => {
    aws.targets.blue = healthy("i-1", "i-2");
    cloud.answers = [blue("i-1")];
    await assert.rejects(handler(event()), /1 of 2 registered targets answered GET http.*\/version/);
  });

  it("gate: lists the unhealthy targets of each tier", async () => {
    aws.targets.blue = [
      { id: "i-1", state: "unhealthy", reason: "Target.ResponseCodeMismatch" },
      { id: "i-2", state: "unused", reason: "Target.NotInUse" },
    ];
    cloud.answers = [];
    const [web] = event().tiers;
    assert.ok(web);
    const error = await handler({ ...event(), tiers: [web, { ...web, tier: "app" }] }).then(
      () => undefined,
      (reason: Error) => reason.message,
    );
    assert.match(error ?? "", /web:\n.*app:\n/s);
    assert.match(error ?? "", /i-1:8080 unhealthy \(Target\.ResponseCodeMismatch\)/);
    assert.match(error ?? "", /i-2:8080 unused \(Target\.NotInUse\)/);
    assert.match(error ?? "", /GET http.*\/version answered 503/);
  });

  it("gate: fails before the time limit of the function", async () => {
    const startedAt = Date.now();
    const context = { getRemainingTimeInMillis: () => 7_300 };
    await assert.rejects(handler({ ...event(), timeoutSeconds: 900 }, context), /Gate check failed/);
    assert.ok(Date.now() - startedAt < 7_300);
  });

  it("gate: begins no poll that the time limit would end", async () => {
    await assert.rejects(handler({ ...event(), timeoutSeconds: 1, pollSeconds: 2 }), /Gate check failed/);
    assert.equal(aws.count("DescribeTargetHealth"), 1);
  });

  it("gate: fails at once when the group does not exist or the permission is missing", async () => {
    aws.failures.DescribeTargetHealth = {
      status: 400,
      code: "TargetGroupNotFound",
      message: "One or more target groups not found",
    };
    await assert.rejects(
      handler({ ...event(), timeoutSeconds: 60 }),
      /web: DescribeTargetHealth of arn:.* failed: .*TargetGroupNotFound.*not found/,
    );
    aws.failures.DescribeTargetHealth = { status: 403, code: "AccessDenied", message: "not authorized" };
    await assert.rejects(handler({ ...event(), timeoutSeconds: 60 }), /AccessDenied: not authorized/);
  });

  it("gate: waits through a server fault of the API and names it when it lasts", async () => {
    aws.failures.DescribeTargetHealth = { status: 500, code: "InternalFailure", message: "try later" };
    await assert.rejects(
      handler(event()),
      /DescribeTargetHealth of arn:.* failed: InternalFailure: try later/,
    );
    const waiting = check({ ...event(), timeoutSeconds: 20 });
    aws.targets.blue = healthy("i-1", "i-2");
    cloud.answers = [blue("i-1"), blue("i-2")];
    aws.failures = {};
    assert.equal((await waiting).tiers[0]?.healthy, 2);
  });

  it("gate: names every invalid key of an event", async () => {
    await assert.rejects(
      handler({ ...event({ minHealthy: 0, url: "ftp://x" }), color: "" }),
      (error: Error) =>
        /color/.test(error.message) && /minHealthy/.test(error.message) && /url/.test(error.message),
    );
  });

  describe("drain check", () => {
    const drained = (changes: object = {}) => ({
      check: "drained",
      color: "blue",
      tier: "web",
      targetGroupArn: "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/web-blue/1",
      timeoutSeconds: 1,
      pollSeconds: 0.05,
      ...changes,
    });

    it("drain check: waits until the last target has left", async () => {
      aws.targets.blue = [...healthy("i-1"), { id: "i-2", state: "draining" }];
      const waiting = handler(drained({ timeoutSeconds: 20 }));
      while (aws.count("DescribeTargetHealth") < 2) await new Promise((resolve) => setTimeout(resolve, 20));
      aws.targets.blue = [{ id: "i-2", state: "draining" }];
      const seen = aws.count("DescribeTargetHealth");
      while (aws.count("DescribeTargetHealth") < seen + 2)
        await new Promise((resolve) => setTimeout(resolve, 20));
      aws.targets.blue = [];
      const { color } = await waiting;
      assert.equal(color, "blue");
    });

    it("drain check: lists the remaining targets at its time limit", async () => {
      aws.targets.blue = [{ id: "i-2", state: "draining" }];
      await assert.rejects(
        handler(drained()),
        /web tier of blue has not drained within \d+ s: i-2:8080 draining\.\nThe tier behind it keeps its instances/,
      );
    });

    it("drain check: begins no poll after its time limit", async () => {
      aws.targets.blue = [{ id: "i-2", state: "draining" }];
      await assert.rejects(handler(drained({ timeoutSeconds: 1, pollSeconds: 2 })), /has not drained/);
      assert.equal(aws.count("DescribeTargetHealth"), 1);
    });

    it("drain check: names the invalid key of an event", async () => {
      await assert.rejects(handler(drained({ targetGroupArn: "web" })), /targetGroupArn/);
    });
  });

  it("gate: finds no problem in a tier that is ready", () => {
    const [tier] = readEvent(event()).tiers;
    assert.ok(tier);
    const targets: TargetHealth[] = healthy("i-1", "i-2");
    const expected = { color: "blue", version: "1.1.0", sharePercent: 100, otherSharePercent: 100 };
    const ready = { targets, reports: [blue("i-1"), blue("i-2")], otherHealthy: 2 };
    assert.deepEqual(problemsOf(expected, tier, ready), []);
    assert.equal(problemsOf(expected, tier, { targets: [], reports: [], otherHealthy: 0 }).length, 1);
  });

  describe("capacity", () => {
    const otherTargetGroupArn = "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/web-green/1";
    const scaled = { otherTargetGroupArn, autoScalingGroupName: "web-blue", maxInstances: 6 };
    /** Instances that start when the gate raises the group. */
    const startsInstances = () => {
      aws.before = (action) => {
        if (action !== "DescribeTargetHealth") return;
        const ids = Array.from(
          { length: aws.groups["web-blue"]?.desired ?? 0 },
          (_, index) => `i-${index + 1}`,
        );
        aws.targets.blue = healthy(...ids);
        cloud.answers = ids.map((id) => blue(id));
      };
    };

    it("gate: raises a color that autoscaling has shrunk before a canary's traffic returns to it (row 3)", async () => {
      aws.groups["web-blue"] = { min: 2, max: 6, desired: 2 };
      aws.targets.green = healthy("g-1", "g-2", "g-3", "g-4", "g-5", "g-6");
      startsInstances();
      const input = { ...event(scaled), otherSharePercent: 90, servedUntil: "now", timeoutSeconds: 20 };
      const result = await check(input);
      assert.equal(aws.groups["web-blue"]?.desired, 6);
      assert.deepEqual(result.tiers[0]?.raised, { group: "web-blue", from: 2, to: 6 });
      assert.deepEqual([result.tiers[0]?.healthy, result.tiers[0]?.needed], [6, 6]);
      assert.match(
        passedText(result),
        /^Health gate: blue 1\.1\.0 passed as a rollback \(web 6\/6 raised from 2, /,
      );
    });

    for (const { canary, others } of [
      { canary: 10, others: 6 },
      { canary: 50, others: 6 },
    ]) {
      it(`gate: a flip after a canary of ${canary} % never needs more than maxInstances (row 4)`, async () => {
        aws.groups["web-blue"] = { min: 2, max: 6, desired: 3 };
        aws.targets.green = healthy(...Array.from({ length: others }, (_, index) => `g-${index}`));
        startsInstances();
        const result = await check({
          ...event(scaled),
          otherSharePercent: 100 - canary,
          timeoutSeconds: 20,
        });
        assert.deepEqual([result.tiers[0]?.healthy, result.tiers[0]?.needed], [6, 6]);
      });
    }

    it("gate: holds the minimum while it waits, and restores it when it has passed", async () => {
      aws.groups["web-blue"] = { min: 2, max: 6, desired: 5 };
      aws.targets.green = healthy("g-1", "g-2", "g-3", "g-4");
      startsInstances();
      const during = new Set<number | undefined>();
      const start = aws.before;
      aws.before = (action, count) => {
        start(action, count);
        during.add(aws.groups["web-blue"]?.min);
      };
      const { tiers } = await check({ ...event(scaled), timeoutSeconds: 20 });
      assert.deepEqual([...during], [2, 4]);
      assert.deepEqual([aws.groups["web-blue"]?.min, tiers[0]?.held], [2, undefined]);
    });

    it("gate: restores the minimum when it fails", async () => {
      aws.groups["web-blue"] = { min: 2, max: 6, desired: 2 };
      aws.targets.green = healthy("g-1", "g-2", "g-3", "g-4");
      await assert.rejects(handler({ ...event(scaled), watched: true }), /4 needed/);
      assert.equal(aws.groups["web-blue"]?.min, 2);
      assert.ok(aws.count("UpdateAutoScalingGroup") === 2);
    });

    it("gate: never lowers a group, and raises none that has enough", async () => {
      aws.groups["web-blue"] = { min: 2, max: 6, desired: 5 };
      aws.targets.green = healthy("g-1", "g-2", "g-3");
      startsInstances();
      await check({ ...event(scaled), timeoutSeconds: 20 });
      assert.equal(aws.count("SetDesiredCapacity"), 0);
    });

    it("gate: says what it raised and why the instances do not start", async () => {
      aws.groups["web-blue"] = { min: 2, max: 6, desired: 2 };
      aws.targets.green = healthy("g-1", "g-2", "g-3", "g-4");
      aws.targets.blue = healthy("i-1", "i-2");
      cloud.answers = [blue("i-1"), blue("i-2")];
      aws.activityFailure = "You have requested more vCPU capacity than your current limit of 8";
      await assert.rejects(
        handler(event(scaled)),
        /2 healthy targets, 4 needed \(the other color runs 4\): The gate raised the desired capacity from 2 to 4\. The newest activity of the group failed: .*vCPU/,
      );
    });

    it("gate: says that it may not raise the group", async () => {
      aws.groups["web-blue"] = { min: 2, max: 6, desired: 2 };
      aws.targets.green = healthy("g-1", "g-2", "g-3", "g-4");
      aws.targets.blue = healthy("i-1", "i-2");
      cloud.answers = [blue("i-1"), blue("i-2")];
      aws.failures.SetDesiredCapacity = { status: 403, code: "AccessDenied", message: "not authorized" };
      await assert.rejects(
        handler(event(scaled)),
        /capacity of web-blue was not raised to 4: AccessDenied: not authorized/,
      );
    });
  });

  describe("rollback", () => {
    const ids = Array.from({ length: 12 }, (_, index) => `i-${index + 1}`);
    const rollback = (changes: object = {}) => ({
      ...event({ minHealthy: 6 }),
      servedUntil: new Date(Date.now() - 60_000).toISOString(),
      rollbackWindowMinutes: 60,
      timeoutSeconds: 20,
      ...changes,
    });

    it("gate: a rollback passes with one unhealthy instance of twelve, six needed (row 5)", async () => {
      aws.targets.blue = [...healthy(...ids.slice(1)), { id: "i-1", state: "unhealthy" }];
      cloud.answers = ids.slice(1).map((id) => blue(id));
      const result = await check(rollback());
      assert.equal(result.mode, "rollback");
      assert.match(result.advisory.join(), /not healthy: i-1:8080 unhealthy/);
      await assert.rejects(handler({ ...event({ minHealthy: 6 }) }), /not healthy: i-1/);
    });

    it("gate: a rollback passes while a third of the connections fail (row 5)", async () => {
      aws.targets.blue = healthy(...ids);
      const cut = { status: 0, body: "", isCut: true } as const;
      cloud.answers = ids.flatMap((id, index) => (index % 2 === 0 ? [blue(id), cut] : [blue(id)]));
      assert.equal((await check(rollback())).mode, "rollback");
      await assert.rejects(handler(event({ minHealthy: 6 })), /GET http.*\/version failed/);
    });

    it("gate: a rollback counts host names, and no instances of other target groups", async () => {
      aws.targets.blue = healthy("i-1", "i-2");
      cloud.answers = [blue("ip-10-0-3-7"), blue("ip-10-0-4-9")];
      const back = { ...event(), servedUntil: "now" } as const;
      assert.equal((await check(back)).mode, "rollback");
      cloud.answers = [blue("i-8"), blue("i-9")];
      await assert.rejects(handler(back), /not in the target group: i-8 is blue 1\.1\.0, i-9 is blue/);
    });

    it("gate: a rollback fails with too few healthy instances, and names the command for an emergency", async () => {
      aws.targets.blue = healthy(...ids.slice(0, 5));
      cloud.answers = ids.slice(0, 5).map((id) => blue(id));
      await assert.rejects(
        handler(rollback({ timeoutSeconds: 1 })),
        /\(rollback\) was not ready.*5 healthy targets, 6 needed.*changeover rollback/s,
      );
    });

    it("gate: a rollback reports alarms and does not wait for them", async () => {
      aws.targets.blue = healthy(...ids);
      cloud.answers = ids.map((id) => blue(id));
      aws.alarms["blue-errors"] = { state: "ALARM" };
      const result = await check(rollback({ alarms: ["blue-errors"] }));
      assert.deepEqual(result.advisory, ["the alarm blue-errors is in ALARM"]);
    });

    it("gate: after the rollback window a return is a forward shift", async () => {
      aws.targets.blue = healthy(...ids);
      cloud.answers = ids.map((id) => blue(id));
      const servedUntil = new Date(Date.now() - 3_601_000).toISOString();
      assert.equal((await check(rollback({ servedUntil }))).mode, "forward");
    });
  });

  describe("alarms and checks", () => {
    beforeEach(() => {
      aws.targets.blue = healthy("i-1", "i-2");
      cloud.answers = [blue("i-1"), blue("i-2")];
    });

    it("gate: fails while an alarm of the color is in ALARM, although every health check passes", async () => {
      aws.alarms["blue-errors"] = { state: "ALARM", reason: "5xx share 5.3 % > 1 %" };
      await assert.rejects(
        handler({ ...event(), alarms: ["blue-errors"], alarmGraceSeconds: 0, timeoutSeconds: 60 }),
        /alarms and checks:\n {2}- the alarm blue-errors is in ALARM \(5xx share 5\.3 % > 1 %\)/,
      );
    });

    it("gate: waits until an alarm has cleared", async () => {
      aws.alarms["blue-unhealthy"] = { state: "ALARM" };
      aws.before = (action, count) => {
        if (action === "DescribeAlarms" && count === 3) aws.alarms["blue-unhealthy"] = { state: "OK" };
      };
      await check({ ...event(), alarms: ["blue-unhealthy"], timeoutSeconds: 20 });
      assert.equal(aws.count("DescribeAlarms"), 3);
    });

    it("gate: fails when an alarm does not exist", async () => {
      await assert.rejects(
        handler({ ...event(), alarms: ["typo"], alarmGraceSeconds: 0 }),
        /the alarm typo does not exist/,
      );
    });

    it("gate: runs the team's checks with stage, color and version, and fails after three failures in a row", async () => {
      const seen: unknown[] = [];
      aws.functions.smoke = (input) => {
        seen.push(input);
        return { hookStatus: "FAILED", reason: "checkout is broken" };
      };
      const input = { ...event(), checks: [{ name: "smoke", functionName: "smoke" }], timeoutSeconds: 60 };
      await assert.rejects(
        handler(input),
        /the check smoke failed: smoke returned a result: \{"hookStatus":"FAILED","reason":"checkout is broken"\}/,
      );
      const subject = {
        stage: "PRE_PRODUCTION_TRAFFIC_SHIFT",
        stack: "shop/prod",
        color: "blue",
        version: "1.1.0",
      };
      assert.deepEqual(seen, [subject, subject, subject]);
    });

    it("gate: ends a check that takes longer than the time limit", async () => {
      const server = createServer(() => undefined);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/smoke`;
      try {
        await assert.rejects(
          handler({ ...event(), checks: [{ name: "smoke", url }], timeoutSeconds: 1 }),
          /the check smoke failed: no answer within [\d.]+ s/,
        );
      } finally {
        server.closeAllConnections();
        server.close();
      }
    });

    it("gate: passes when a check passes after a failure", async () => {
      let runs = 0;
      aws.functions.smoke = () => (++runs === 1 ? new Error("timeout") : { hookStatus: "SUCCEEDED" });
      const result = await check({
        ...event(),
        checks: [{ name: "smoke", functionName: "smoke" }],
        timeoutSeconds: 20,
      });
      assert.deepEqual(result.checks, ["smoke"]);
    });
  });

  describe("readiness", () => {
    beforeEach(() => {
      aws.targets.blue = healthy("i-1", "i-2");
      cloud.answers = [blue("i-1"), blue("i-2")];
    });

    it("gate: fails when an instance is not ready, although its health check passes", async () => {
      const headers = { "x-changeover-instance": "ip-10-0-3-7" };
      cloud.readiness = [{ status: 503, body: '{"status":"no database"}', headers }];
      await assert.rejects(
        handler(event({ readinessPath: "/readyz" })),
        /GET http:.*\/readyz answered 503 from instance ip-10-0-3-7 with \{"status":"no database"\}: the version does not reach/,
      );
    });

    it("gate: passes when every instance is ready", async () => {
      cloud.readiness = ["i-1", "i-2"].map((instance) => ({
        status: 200,
        body: JSON.stringify({ instance }),
      }));
      assert.equal((await check(event({ readinessPath: "/readyz" }))).mode, "forward");
    });
  });

  describe("answers", () => {
    beforeEach(() => {
      aws.targets.blue = healthy("i-1", "i-2");
    });

    it("gate: says what an instance answered, and does not blame rules or networks", async () => {
      const headers = { "x-changeover-instance": "i-2" };
      cloud.answers = [
        blue("i-1"),
        { status: 500, body: '{"error":"relation \\"records\\" is missing"}', headers },
      ];
      await assert.rejects(handler(event()), (error: Error) => {
        assert.match(error.message, /\/version answered 500 from instance i-2 with \{"error":"relation/);
        assert.doesNotMatch(error.message, /security group|test rule/);
        return true;
      });
    });

    it("gate: shows no secret of the test rule's headers", async () => {
      const token = "b7c0a1f4e2d94c55";
      cloud.answers = [{ status: 400, body: `unknown token ${token}` }];
      const headers = { "x-changeover-color": "blue", "x-changeover-token": token };
      await assert.rejects(handler(event({ headers })), (error: Error) => {
        assert.match(error.message, /answered 400 with unknown token \[secret\]/);
        return !error.message.includes(token);
      });
    });

    it("gate: shows no secret of the test rule's headers that a version report repeats", async () => {
      const token = "b7c0a1f4e2d94c55";
      const headers = { "x-changeover-color": "blue", "x-changeover-token": token };
      aws.targets.blue = healthy("i-1");
      cloud.answers = [blue("i-1", `1.0.0 ${token}`)];
      await assert.rejects(handler(event({ headers })), (error: Error) => {
        assert.match(error.message, /1\.0\.0 \[secret\]/);
        return !error.message.includes(token);
      });
      cloud.answers = [blue("i-1", "9".repeat(200))];
      await assert.rejects(
        handler(event({ headers })),
        (error: Error) => !error.message.includes("9".repeat(190)),
      );
    });

    it("gate: advises to check the test rule only when the load balancer itself answers", async () => {
      cloud.answers = [undefined];
      await assert.rejects(
        handler(event()),
        /answered 503 from the load balancer with no such color: .*check the color's test rule/,
      );
    });
  });

  describe("with the production rule", () => {
    const arnOf = (color: string) => `arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/web-${color}/1`;
    const guarded = (): GateInput => ({
      ...event(),
      production: {
        ruleArn: "arn:aws:elasticloadbalancing:eu-central-1:1:listener-rule/app/edge/1/2/3",
        targetGroupArns: { blue: arnOf("blue"), green: arnOf("green") },
        ...{ serialBefore: 2, weightsBefore: { blue: 33, green: 67 } },
        ...{ serial: 3, weights: { blue: 100, green: 0 } },
      },
    });
    const setRule = (blue: number, green: number, serial: number, kind = "shift") => {
      aws.rule.weights = { [arnOf("blue")]: blue, [arnOf("green")]: green };
      aws.rule.tags = {
        ...{ "changeover:serial": String(serial), "changeover:kind": kind },
        ...{ "changeover:actor": "ben", "changeover:reason": "errors" },
      };
    };
    beforeEach(() => {
      aws.targets.blue = healthy("i-1", "i-2");
      cloud.answers = [blue("i-1"), blue("i-2")];
      setRule(1, 2, 2);
    });

    it("gate: leaves the minimum that it has raised to the watch that follows, except in a rollback", async () => {
      aws.groups["web-blue"] = { min: 1, max: 6, desired: 2 };
      const scaled = { autoScalingGroupName: "web-blue", maxInstances: 6 };
      const input = { ...guarded(), tiers: event(scaled).tiers, watched: true };
      const { tiers } = await check(input);
      assert.deepEqual(tiers[0]?.held, { group: "web-blue", minSizeBefore: 1, heldMinSize: 2 });
      assert.equal(aws.groups["web-blue"]?.min, 2);
      aws.groups["web-blue"].min = 1;
      const rollback = await check({ ...input, servedUntil: "now", rollbackWindowMinutes: 60 });
      assert.deepEqual([rollback.mode, rollback.tiers[0]?.held], ["rollback", undefined]);
      assert.equal(aws.groups["web-blue"]?.min, 1);
    });

    it("gate: passes while the traffic is as before, or as its own shift left it", async () => {
      assert.equal((await check(guarded())).color, "blue");
      setRule(700, 0, 3);
      assert.equal((await check(guarded())).color, "blue");
    });

    it("gate: fails when the traffic is shifted while the color gets ready or its checks run", async () => {
      const rejects = (input: GateInput) =>
        assert.rejects(handler(input), (error: Error) => {
          assert.equal(error.name, "ShiftedByOthers");
          assert.match(error.message, /blue 0 %, green 100 %; shift 3, rollback by ben \(errors\)\./);
          assert.match(error.message, /This update shifted no traffic/);
          return true;
        });
      aws.functions.smoke = () => setRule(0, 100, 3, "rollback");
      await rejects({ ...guarded(), checks: [{ name: "smoke", functionName: "smoke" }] });
      setRule(1, 2, 2);
      aws.targets.blue = [];
      beforePoll({ 2: () => setRule(0, 100, 3, "rollback") });
      await rejects({ ...guarded(), timeoutSeconds: 20 });
    });

    it("gate: fails when the production rule was changed by hand, or cannot be read", async () => {
      setRule(50, 50, 2);
      await assert.rejects(handler(guarded()), /blue 50 %, green 50 %/);
      aws.failures.DescribeRules = { status: 403, code: "AccessDenied", message: "not authorized" };
      await assert.rejects(
        handler(guarded()),
        /production rule:\n {2}- the production rule cannot be read: /,
      );
    });
  });

  it("gate: notifies of a pass and of a failure", async () => {
    aws.targets.blue = healthy("i-1", "i-2");
    cloud.answers = [blue("i-1"), blue("i-2")];
    const result = await check(event());
    aws.targets.blue = [];
    await assert.rejects(handler(event()));
    assert.deepEqual(
      aws.events.map(({ type, detail }) => [type, detail.stack, detail.color]),
      [
        ["Gate Passed", "shop/prod", "blue"],
        ["Gate Failed", "shop/prod", "blue"],
      ],
    );
    assert.deepEqual(aws.events[0]?.detail.finishedAt, result.finishedAt);
    assert.deepEqual(
      aws.messages.map(({ topic, subject }) => [topic, subject]),
      [
        [TOPIC, "changeover shop/prod: Gate Passed"],
        [TOPIC, "changeover shop/prod: Gate Failed"],
      ],
    );
  });

  it("gate: passes when its notification cannot be sent", async () => {
    aws.targets.blue = healthy("i-1", "i-2");
    cloud.answers = [blue("i-1"), blue("i-2")];
    for (const action of ["PutEvents", "Publish"]) {
      aws.failures[action] = { status: 403, code: "AccessDenied", message: "not authorized" };
    }
    assert.equal((await check(event())).tiers[0]?.healthy, 2);
  });

  it("gate: an error has the cause, the state, the remedy and the log, and no stack", async () => {
    const context = { getRemainingTimeInMillis: () => 60_000, awsRequestId: "3f2a" };
    await assert.rejects(handler(event(), context), (error: Error) => {
      assert.equal(error.name, "GateCheckFailed");
      assert.equal(error.stack, "");
      assert.match(
        error.message,
        /^Gate check failed: .*\nNo traffic was shifted, .* Correct the cause and run `pulumi up` again\.\nLog: log group \/aws\/lambda\/shop-gate, request 3f2a\.$/s,
      );
      return true;
    });
  });
});
