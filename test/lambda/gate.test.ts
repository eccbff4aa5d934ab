import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { neededTargets, problemsOf, type VersionReport } from "../../lambda/gate/decide";
import { type GateInput, readEvent } from "../../lambda/gate/event";
import { type GateResult, handler } from "../../lambda/gate/index";
import type { TargetHealth } from "../../traffic/targets";

interface TargetRow {
  id: string;
  state: string;
  reason?: string;
}

function xml(targets: TargetRow[]): string {
  const members = targets.map(
    ({ id, state, reason }) => `<member><Target><Id>${id}</Id><Port>8080</Port></Target><TargetHealth>
      <State>${state}</State>${reason ? `<Reason>${reason}</Reason>` : ""}</TargetHealth></member>`,
  );
  return `<DescribeTargetHealthResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/">
    <DescribeTargetHealthResult><TargetHealthDescriptions>${members.join("")}</TargetHealthDescriptions>
    </DescribeTargetHealthResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>
    </DescribeTargetHealthResponse>`;
}

function errorXml(code: string, message: string): string {
  return `<ErrorResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><Error>
    <Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
}

/** The API of a load balancer and, for requests with the color's header, its targets in turn. */
class FakeLoadBalancer {
  targets: TargetRow[] = [];
  /** Targets of the group whose ARN names green. */
  others: TargetRow[] = [];
  /** Undefined for a request without a target: the load balancer answers 503. */
  answers: (VersionReport | undefined)[] = [];
  /** Changes right before a poll, by its number. */
  beforePoll: Record<number, () => void> = {};
  /** For each answer after the first round. */
  laterAnswersTakeMs = 0;
  apiError: { status: number; code: string; message: string } | undefined;
  describes = 0;
  private turn = 0;
  private readonly servers: Server[] = [];
  url = "";
  apiUrl = "";

  private async listen(server: Server): Promise<string> {
    this.servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    this.apiUrl = await this.listen(
      createServer((request, response) => {
        let body = "";
        request.on("data", (text) => {
          body += text;
        });
        request.on("end", () => {
          this.describes++;
          this.beforePoll[this.describes]?.();
          assert.match(body, /Action=DescribeTargetHealth/);
          assert.match(body, /TargetGroupArn=arn/);
          const { apiError } = this;
          response.writeHead(apiError?.status ?? 200, { "content-type": "text/xml" });
          response.end(
            apiError
              ? errorXml(apiError.code, apiError.message)
              : xml(/green/.test(body) ? this.others : this.targets),
          );
        });
      }),
    );
    this.url = await this.listen(
      createServer((request, response) => {
        const answer = this.answers[this.turn++ % Math.max(1, this.answers.length)];
        if (request.url !== "/version" || request.headers["x-changeover-color"] !== "blue" || !answer) {
          response.writeHead(503).end("no such color");
          return;
        }
        response.setHeader("content-type", "application/json");
        const takesMs = this.turn > this.answers.length ? this.laterAnswersTakeMs : 0;
        setTimeout(() => response.end(JSON.stringify({ tier: "web", ...answer })), takesMs);
      }),
    );
  }

  async stop(): Promise<void> {
    for (const server of this.servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }
}

const blue = (instance: string, version = "1.1.0", color = "blue"): VersionReport => ({
  instance,
  color,
  version,
});

describe("gate", function () {
  this.timeout(30_000);
  const environment = {
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: "",
  };
  const before_ = { ...process.env };
  let cloud: FakeLoadBalancer;
  const originalLog = console.log;

  beforeEach(async () => {
    cloud = new FakeLoadBalancer();
    await cloud.start();
    Object.assign(process.env, environment, { AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: cloud.apiUrl });
    console.log = () => {};
  });
  afterEach(async () => {
    console.log = originalLog;
    for (const key of Object.keys(environment)) {
      if (before_[key] === undefined) delete process.env[key];
      else process.env[key] = before_[key];
    }
    await cloud.stop();
  });

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
    cloud.targets = [...healthy("i-1", "i-2"), { id: "i-0", state: "draining" }];
    cloud.answers = [blue("i-1"), blue("i-1"), blue("i-2")];
    const result = await check(event());
    assert.deepEqual(result.tiers, [{ tier: "web", healthy: 2, instances: ["i-1", "i-2"] }]);
    assert.equal(result.color, "blue");
    assert.equal(result.version, "1.1.0");
  });

  it("gate: waits while targets become healthy and old ones leave", async () => {
    cloud.targets = [{ id: "i-1", state: "initial", reason: "Elb.RegistrationInProgress" }];
    cloud.answers = [blue("i-0", "1.0.0"), blue("i-1")];
    const waiting = check({ ...event(), timeoutSeconds: 20 });
    while (cloud.describes < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    cloud.answers = [blue("i-1"), blue("i-2")];
    cloud.targets = healthy("i-1", "i-2");
    assert.deepEqual((await waiting).tiers, [{ tier: "web", healthy: 2, instances: ["i-1", "i-2"] }]);
  });

  it("gate: fails with too few targets", async () => {
    cloud.targets = healthy("i-1");
    cloud.answers = [blue("i-1")];
    await assert.rejects(
      handler(event()),
      /Gate check failed: blue 1\.1\.0.*web:\n {2}- 1 healthy targets, 2 needed/s,
    );
  });

  it("gate: fails with fewer targets than the serving color has", async () => {
    cloud.targets = healthy("i-1", "i-2");
    cloud.answers = [blue("i-1"), blue("i-2")];
    const otherTargetGroupArn = "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/web-green/1";
    cloud.others = [...healthy("i-3", "i-4", "i-5"), { id: "i-6", state: "unhealthy" }];
    await assert.rejects(
      handler(event({ otherTargetGroupArn })),
      /2 healthy targets, 3 needed \(the other color runs 3\): raise the color's capacity/,
    );
    cloud.others = healthy("i-3", "i-4");
    assert.equal((await check(event({ otherTargetGroupArn }))).tiers[0]?.healthy, 2);
  });

  it("gate: fails when a target reports another version", async () => {
    cloud.targets = healthy("i-1", "i-2", "i-3");
    cloud.answers = [blue("i-1"), blue("i-2"), blue("i-3", "1.0.0")];
    await assert.rejects(
      handler(event()),
      /another color or version: i-3 is blue 1\.0\.0.*left the target group/s,
    );
  });

  it("gate: reports the last complete poll, not one that the time limit ended", async () => {
    cloud.targets = healthy("i-1", "i-2", "i-3");
    cloud.answers = [blue("i-1"), blue("i-2"), blue("i-3", "1.0.0")];
    cloud.laterAnswersTakeMs = 700;
    await assert.rejects(handler({ ...event(), timeoutSeconds: 1 }), /i-3 is blue 1\.0\.0/);
  });

  it("gate: drops the report of an instance that has left the group", async () => {
    cloud.targets = healthy("i-1", "i-2");
    cloud.answers = [blue("i-1")];
    cloud.beforePoll[2] = () => {
      cloud.targets = healthy("i-2", "i-3");
      cloud.answers = [blue("i-2")];
    };
    cloud.beforePoll[3] = () => {
      cloud.answers = [blue("i-2"), blue("i-3")];
    };
    const { tiers } = await check({ ...event(), timeoutSeconds: 20 });
    assert.deepEqual(tiers[0]?.instances, ["i-2", "i-3"]);
  });

  for (const [wrong, second] of [
    ["another version", blue("i-2", "1.0.0")],
    ["an error", undefined],
  ] as const) {
    it(`gate: drops earlier reports after ${wrong}`, async () => {
      cloud.targets = healthy("i-1", "i-2");
      cloud.answers = [blue("i-1"), second];
      cloud.beforePoll[2] = () => {
        cloud.answers = [blue("i-2")];
      };
      cloud.beforePoll[3] = () => {
        cloud.answers = [blue("i-1"), blue("i-2")];
      };
      await check({ ...event(), timeoutSeconds: 20 });
      assert.equal(cloud.describes, 3, "it passed before both had reported the version in a row");
    });
  }

  it("gate: rejects a response of more than 64 KiB", async () => {
    cloud.targets = healthy("i-1", "i-2");
    const note = "x".repeat(64 * 1024);
    cloud.answers = ["i-1", "i-2"].map((id) => ({ ...blue(id), note }));
    await assert.rejects(
      handler({ ...event(), timeoutSeconds: 1 }),
      /\/version failed: the response is too long/,
    );
  });

  it("gate: fails when a target reports another color", async () => {
    cloud.targets = healthy("i-1", "i-2");
    cloud.answers = [blue("i-1", "1.1.0", "green"), blue("i-2", "1.1.0", "green")];
    await assert.rejects(handler(event()), /i-\d is green 1\.1\.0/);
  });

  it("gate: fails when a registered target never reports", async () => {
    cloud.targets = healthy("i-1", "i-2");
    cloud.answers = [blue("i-1")];
    await assert.rejects(handler(event()), /1 of 2 registered targets answered GET http.*\/version/);
  });

  it("gate: lists the unhealthy targets of each tier", async () => {
    cloud.targets = [
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
    assert.equal(cloud.describes, 1);
  });

  it("gate: fails at once when the group does not exist or the permission is missing", async () => {
    cloud.apiError = {
      status: 400,
      code: "TargetGroupNotFound",
      message: "One or more target groups not found",
    };
    await assert.rejects(
      handler({ ...event(), timeoutSeconds: 60 }),
      /web: DescribeTargetHealth of arn:.* failed: .*TargetGroupNotFound.*not found/,
    );
    cloud.apiError = { status: 403, code: "AccessDenied", message: "not authorized" };
    await assert.rejects(handler({ ...event(), timeoutSeconds: 60 }), /AccessDenied: not authorized/);
  });

  it("gate: waits through a server fault of the API and names it when it lasts", async () => {
    cloud.apiError = { status: 500, code: "InternalFailure", message: "try later" };
    await assert.rejects(
      handler(event()),
      /DescribeTargetHealth of arn:.* failed: InternalFailure: try later/,
    );
    const waiting = check({ ...event(), timeoutSeconds: 20 });
    cloud.targets = healthy("i-1", "i-2");
    cloud.answers = [blue("i-1"), blue("i-2")];
    cloud.apiError = undefined;
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
      cloud.targets = [...healthy("i-1"), { id: "i-2", state: "draining" }];
      const waiting = handler(drained({ timeoutSeconds: 20 }));
      while (cloud.describes < 2) await new Promise((resolve) => setTimeout(resolve, 20));
      cloud.targets = [{ id: "i-2", state: "draining" }];
      const seen = cloud.describes;
      while (cloud.describes < seen + 2) await new Promise((resolve) => setTimeout(resolve, 20));
      cloud.targets = [];
      const { color } = await waiting;
      assert.equal(color, "blue");
    });

    it("drain check: lists the remaining targets at its time limit", async () => {
      cloud.targets = [{ id: "i-2", state: "draining" }];
      await assert.rejects(
        handler(drained()),
        /web tier of blue has not drained within \d+ s: i-2:8080 draining\. The tier behind it keeps its instances/,
      );
    });

    it("drain check: begins no poll after its time limit", async () => {
      cloud.targets = [{ id: "i-2", state: "draining" }];
      await assert.rejects(handler(drained({ timeoutSeconds: 1, pollSeconds: 2 })), /has not drained/);
      assert.equal(cloud.describes, 1);
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

  it("gate: needs the color's share of the other color's healthy targets, at least the minimum", () => {
    const needed = (sharePercent: number, otherHealthy: number, otherSharePercent = 100) =>
      neededTargets({ sharePercent, otherSharePercent }, { minHealthy: 2 }, otherHealthy);
    assert.equal(needed(100, 10), 10);
    assert.equal(needed(25, 10), 3);
    assert.equal(needed(10, 10), 2);
    assert.equal(needed(100, 0), 2);
    // The other color carries a part of the traffic, so all of it needs more, unless that color is at its minimum.
    assert.equal(needed(100, 4, 50), 8);
    assert.equal(needed(100, 9, 90), 10);
    assert.equal(needed(100, 2, 50), 2);
  });
});
