import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import type { OperatorError } from "../../lambda/operator-error";
import { ownershipOf, regainingColors, rollbackReason, weightsByGroup } from "../../lambda/watch/decide";
import type { WatchInput, WatchResult } from "../../lambda/watch/event";
import { handler } from "../../lambda/watch/index";
import { setMinSize } from "../../traffic/capacity";
import { createTrafficClients } from "../../traffic/clients";
import { tagsOfRecord } from "../../traffic/shift-record";
import { FakeAws, functionEnvironment } from "./support/fake-aws";

const ELB = "arn:aws:elasticloadbalancing:eu-central-1:123456789012";
const RULE = `${ELB}:listener-rule/app/edge/1/2/3`;
const BLUE = `${ELB}:targetgroup/web-blue/1`;
const GREEN = `${ELB}:targetgroup/web-green/2`;
const TOPIC = "arn:aws:sns:eu-central-1:123456789012:on-call";

const healthy = (...ids: string[]) => ids.map((id) => ({ id, state: "healthy" }));

describe("watch", function () {
  this.timeout(30_000);
  let aws: FakeAws;
  let restore: () => void;
  const originalLog = console.log;

  beforeEach(async () => {
    aws = new FakeAws();
    await aws.start();
    restore = functionEnvironment(aws, [TOPIC]);
    console.log = () => {};
    aws.rule = { weights: { [GREEN]: 100 }, stickySeconds: 0, tags: { team: "shop", ...record(7, "shift") } };
    aws.targets = { blue: healthy("b-1", "b-2"), green: healthy("g-1", "g-2") };
    aws.groups = { "web-blue": { min: 2, max: 6, desired: 4 }, "app-blue": { min: 2, max: 6, desired: 2 } };
    aws.alarms = { "green-errors": { state: "OK" }, release: { state: "OK" } };
  });
  afterEach(async () => {
    console.log = originalLog;
    restore();
    await aws.stop();
  });

  const record = (serial: number, kind: "shift" | "rollback" | "watch-rollback", more: object = {}) =>
    tagsOfRecord({ serial, kind, ...more });

  const event = (changes: Partial<WatchInput> = {}): WatchInput => ({
    ruleArn: RULE,
    serial: 7,
    color: "green",
    version: "1.1.0",
    weights: { blue: 0, green: 100 },
    weightsBefore: { blue: 100, green: 0 },
    targetGroupArns: { blue: BLUE, green: GREEN },
    stickySeconds: 300,
    bakeMinutes: 0.01,
    alarms: ["green-errors", "release"],
    hold: ["web-blue", "app-blue"],
    step: 1,
    steps: 1,
    pollSeconds: 0.03,
    ...changes,
  });
  const long = (changes: Partial<WatchInput> = {}) => event({ bakeMinutes: 5, ...changes });
  const failing = (input: WatchInput): Promise<OperatorError> =>
    handler(input, { getRemainingTimeInMillis: () => 900_000, awsRequestId: "3f2a" }).then(
      (result) => assert.fail(`The watch passed: ${JSON.stringify(result)}`),
      (error) => error,
    );
  const onPoll = (count: number, change: () => void) => {
    aws.before = (action, calls) => {
      if (action === "DescribeAlarms" && calls === count) change();
    };
  };
  const minSizes = () => Object.values(aws.groups).map(({ min }) => min);
  const heldTags = () => Object.keys(aws.rule.tags).filter((key) => key.startsWith("changeover:held:"));

  it("watch: ends the bake without an alarm, and notifies", async () => {
    const result = await handler(event());
    assert.equal(result.outcome, "baked");
    assert.deepEqual(aws.rule.weights, { [GREEN]: 100 });
    assert.equal(aws.rule.tags["changeover:baked"], "7");
    assert.deepEqual(
      aws.events.map(({ type, detail }) => [type, detail.stack, detail.serial]),
      [["Shift Baked", "shop/prod", 7]],
    );
    assert.match(aws.messages[0]?.text ?? "", /^Watch: green 1\.1\.0 baked for 1 s \(2 alarms, 0 checks\)$/);
  });

  it("watch: rolls back on an alarm, records it on the rule, notifies and fails", async () => {
    onPoll(3, () => {
      aws.alarms["green-errors"] = { state: "ALARM", reason: "5xx share 5.3 % > 1 %" };
    });
    const error = await failing(long());
    assert.deepEqual(aws.rule.weights, { [BLUE]: 100 });
    const { "changeover:at": at, "changeover:reason": reason, ...tags } = aws.rule.tags;
    assert.deepEqual(tags, {
      team: "shop",
      "changeover:serial": "8",
      "changeover:kind": "watch-rollback",
      "changeover:actor": "changeover watch",
    });
    assert.match(reason ?? "", /^the alarm green-errors is in ALARM/);
    assert.ok(Math.abs(Date.now() - Date.parse(at ?? "")) < 20_000);
    assert.equal(error.name, "ShiftRolledBack");
    assert.equal(error.stack, "");
    assert.match(
      error.message,
      /^The shift to green 1\.1\.0 was rolled back: the alarm green-errors is in ALARM \(5xx share 5\.3 % > 1 %\)\.\nThe traffic is back at blue 100, green 0 \(serial 8\)\. green keeps its instances\. Make the config agree .*\nLog: log group \/aws\/lambda\/shop-gate, request 3f2a\.$/s,
    );
    assert.deepEqual(
      aws.events.map(({ type, detail }) => [type, detail.serial, detail.kind]),
      [["Shift Rolled Back", 8, "watch-rollback"]],
    );
    assert.equal(aws.messages[0]?.topic, TOPIC);
  });

  it("watch: rolls a canary back to both weights with stickiness", async () => {
    aws.rule.weights = { [BLUE]: 50, [GREEN]: 50 };
    aws.alarms.release = { state: "ALARM" };
    await failing(long({ weights: { blue: 50, green: 50 }, weightsBefore: { blue: 90, green: 10 } }));
    assert.deepEqual(aws.rule.weights, { [BLUE]: 90, [GREEN]: 10 });
    assert.equal(aws.rule.stickySeconds, 300);
  });

  describe("checks", () => {
    let server: Server;
    let status: number;
    const seen: unknown[] = [];
    beforeEach(async () => {
      status = 200;
      server = createServer(({ headers }, response) => {
        seen.push([headers["x-changeover-stage"], headers["x-changeover-checked-color"]]);
        response.writeHead(status).end("orders stopped");
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    });
    afterEach(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`;

    it("watch: rolls back when a check fails three times in a row", async () => {
      onPoll(3, () => {
        status = 500;
      });
      const error = await failing(long({ checks: [{ name: "orders", url: url() }] }));
      assert.match(
        error.message,
        /the check orders failed: GET http:.*\/orders answered 500: orders stopped/,
      );
      assert.deepEqual(aws.rule.weights, { [BLUE]: 100 });
      assert.deepEqual(seen[0], ["BAKE_TIME", "green"]);
    });

    it("watch: reads the alarms while a check takes its time", async () => {
      server.removeAllListeners("request");
      onPoll(3, () => {
        aws.alarms.release = { state: "ALARM" };
      });
      const error = await failing(long({ checks: [{ name: "orders", url: url() }] }));
      assert.equal(error.name, "ShiftRolledBack");
    });
  });

  for (const { what, change, text } of [
    {
      what: "the rule carries another serial",
      change: () => {
        aws.rule.weights = { [BLUE]: 100 };
        aws.rule.tags = record(8, "rollback", { actor: "alice", reason: "errors" });
      },
      text: /carries serial 8, a rollback by alice \(errors\), instead of 7\.\nThe watch shifted no traffic\. It is at blue 100, green 0\./,
    },
    {
      what: "the weights were changed by hand",
      change: () => {
        aws.rule.weights = { [BLUE]: 80, [GREEN]: 20 };
      },
      text: /has other weights than serial 7 set\.\n.*It is at blue 80, green 20\./,
    },
  ]) {
    it(`watch: changes nothing when ${what}, also on an alarm`, async () => {
      onPoll(3, () => {
        change();
        aws.alarms.release = { state: "ALARM" };
      });
      const error = await failing(long());
      const left = { ...aws.rule.weights };
      assert.equal(error.name, "ShiftedByOthers");
      assert.match(error.message, text);
      assert.equal(aws.count("ModifyRule"), 0);
      assert.deepEqual(aws.rule.weights, left);
      assert.deepEqual(minSizes(), [2, 2]);
      assert.deepEqual(heldTags(), []);
    });
  }

  it("watch: does not shift back to a color without a healthy target", async () => {
    aws.targets.blue = [{ id: "b-1", state: "unhealthy" }];
    aws.alarms.release = { state: "ALARM" };
    const error = await failing(long());
    assert.equal(error.name, "RollbackFailed");
    assert.match(
      error.message,
      /blue has no healthy target\.\nThe traffic was not shifted back\. Shift it now, with/,
    );
    assert.deepEqual(aws.rule.weights, { [GREEN]: 100 });
  });

  it("watch: tries again when the rule cannot be changed at first", async () => {
    aws.alarms.release = { state: "ALARM" };
    aws.failures.ModifyRule = { status: 400, code: "OperationNotPermitted", message: "try later" };
    aws.before = (action, count) => {
      if (action === "ModifyRule" && count === 2) aws.failures = {};
    };
    assert.equal((await failing(long())).name, "ShiftRolledBack");
    assert.deepEqual(aws.rule.weights, { [BLUE]: 100 });
  });

  it("watch: says that it could not watch when the alarms cannot be read", async () => {
    aws.failures.DescribeAlarms = { status: 400, code: "AccessDeniedException", message: "not authorized" };
    const error = await failing(event());
    assert.match(
      error.message,
      /was not watched: the alarms could not be read: AccessDenied.*not authorized/,
    );
    assert.match(error.message, /The traffic stays at the weights of the shift/);
  });

  it("watch: skips a rollback, so that alarms of the color that is left do not bring it back", async () => {
    aws.alarms.release = { state: "ALARM" };
    const result = await handler(event({ gateResult: JSON.stringify({ mode: "rollback" }) }));
    assert.equal(result.outcome, "skipped");
    assert.equal(aws.count("ModifyRule"), 0);
  });

  describe("hold", () => {
    it("watch: holds the groups at their present size and restores them after the bake", async () => {
      let during: number[] = [];
      let tags: string[] = [];
      onPoll(2, () => {
        during = minSizes();
        tags = heldTags();
      });
      await handler(event());
      assert.deepEqual(during, [4, 2]);
      assert.equal(tags.length, 1);
      assert.deepEqual(minSizes(), [2, 2]);
      assert.deepEqual(heldTags(), []);
    });

    it("watch: restores the groups after a rollback", async () => {
      onPoll(3, () => {
        aws.alarms.release = { state: "ALARM" };
      });
      await failing(long());
      assert.deepEqual(minSizes(), [2, 2]);
      assert.deepEqual(heldTags(), []);
    });

    it("watch: restores the size of before when it is invoked again after a crash", async () => {
      // A crash: the first invocation holds the groups and never returns.
      const abandoned = handler(long());
      while (aws.count("DescribeAlarms") < 2) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.deepEqual(minSizes(), [4, 2]);
      await handler(event());
      assert.deepEqual(minSizes(), [2, 2]);
      aws.rule.tags = record(9, "shift");
      await assert.rejects(abandoned);
    });

    it("watch: leaves a minimum size that others changed meanwhile", async () => {
      const clients = createTrafficClients();
      onPoll(2, () => {
        void setMinSize(clients.autoScaling, "web-blue", 3);
      });
      await handler(event());
      clients.destroy();
      assert.equal(aws.groups["web-blue"]?.min, 3);
    });

    it("watch: finds the groups of a color by its target group", async () => {
      aws.groups["web-blue"] = { min: 2, max: 6, desired: 4, targetGroupArns: [BLUE] };
      const sizes: number[][] = [];
      onPoll(1, () => sizes.push(minSizes()));
      const result = await handler(event({ hold: [], holdColor: "blue" }));
      assert.equal((result as WatchResult).outcome, "baked");
      assert.deepEqual([sizes, minSizes()], [[[4, 2]], [2, 2]]);
    });

    it("watch: keeps the minimum that the gate has raised until the shift has baked", async () => {
      const held = { group: "web-green", minSizeBefore: 2, heldMinSize: 4 };
      aws.groups["web-green"] = { min: 4, max: 6, desired: 4 };
      const gateResult = JSON.stringify({ mode: "forward", tiers: [{ held }, {}] });
      const sizes: (number | undefined)[] = [];
      let tags: readonly string[] = [];
      onPoll(1, () => {
        sizes.push(aws.groups["web-green"]?.min);
        tags = heldTags();
      });
      await handler(event({ hold: [], gateResult }));
      assert.deepEqual([...sizes, aws.groups["web-green"]?.min], [4, 2]);
      assert.equal(tags.length, 1, "the tag lets another invocation restore it");
      assert.deepEqual(heldTags(), []);
    });

    it("watch: ends at once for the first traffic, and holds nothing", async () => {
      const result = await handler(long({ weightsBefore: { blue: 0, green: 0 } }));
      assert.equal((result as WatchResult).outcome, "skipped");
      assert.equal(aws.count("UpdateAutoScalingGroup"), 0);
    });

    it("watch: watches although it may not hold a group, and says so", async () => {
      aws.failures.UpdateAutoScalingGroup = { status: 403, code: "AccessDenied", message: "not authorized" };
      const { remarks } = await handler(event());
      assert.match(remarks.join(), /The size of web-blue, app-blue is not held: not authorized/);
    });
  });

  describe("chain", () => {
    it("watch: an invocation whose time is over passes the bake on to the next one", async () => {
      const context = { getRemainingTimeInMillis: () => 45_200 };
      const first = await handler(event({ bakeMinutes: 0.02, step: 1, steps: 2 }), context);
      assert.equal(first.outcome, "watching");
      assert.deepEqual(minSizes(), [4, 2], "the groups stay held between the invocations");
      const input = event({ bakeMinutes: 0.02, step: 2, steps: 2, previous: JSON.stringify(first) });
      const second = await handler(input);
      assert.equal(second.outcome, "baked");
      assert.equal(second.startedAt, first.startedAt);
      assert.deepEqual(minSizes(), [2, 2]);
    });

    it("watch: the next invocation rolls back too", async () => {
      const previous = JSON.stringify(
        await handler(long({ steps: 2 }), { getRemainingTimeInMillis: () => 45_000 }),
      );
      aws.alarms.release = { state: "ALARM" };
      assert.equal((await failing(long({ step: 2, steps: 2, previous }))).name, "ShiftRolledBack");
    });

    it("watch: the invocations after the end of the bake do nothing", async () => {
      const previous = JSON.stringify(await handler(event({ steps: 2 })));
      const calls = aws.calls.length;
      assert.equal((await handler(event({ step: 2, steps: 2, previous }))).outcome, "baked");
      assert.equal(aws.calls.length, calls);
    });
  });

  it("watch: an invocation that is repeated after the bake does nothing, whatever the alarms say", async () => {
    await handler(event());
    aws.alarms.release = { state: "ALARM" };
    assert.equal((await handler(long())).outcome, "baked");
    aws.rule.tags = { ...aws.rule.tags, ...record(8, "shift") };
    aws.rule.weights = { [BLUE]: 100 };
    assert.equal((await handler(long())).outcome, "baked");
    assert.equal(aws.count("ModifyRule"), 0);
  });

  it("watch: an invocation that is repeated after a rollback fails with the same reason", async () => {
    aws.alarms.release = { state: "ALARM" };
    await failing(long());
    aws.alarms.release = { state: "OK" };
    const again = await failing(long());
    assert.equal(again.name, "ShiftRolledBack");
    assert.match(again.message, /rolled back: the alarm release is in ALARM/);
    assert.equal(aws.count("ModifyRule"), 1);
  });

  it("watch: names every invalid key of an event", async () => {
    const error = await failing(event({ serial: 0, ruleArn: "x" }));
    assert.match(error.message, /ruleArn/);
    assert.match(error.message, /serial/);
  });

  describe("decisions", () => {
    const weight = fc.integer({ min: 0, max: 999 });
    const colors = fc.record({ blue: weight, green: weight }).filter(({ blue, green }) => blue + green > 0);
    const shift = fc.record({
      serial: fc.integer({ min: 1, max: 1000 }),
      weights: colors,
      weightsBefore: colors,
    });
    const targetGroupArns = { blue: BLUE, green: GREEN };

    it("watch: owns the rule exactly while it has the serial and the weights of the shift", () => {
      fc.assert(
        fc.property(shift, fc.integer({ min: 1, max: 1000 }), colors, (each, serial, weights) => {
          const input = { ...each, targetGroupArns };
          const rule = {
            weights: weightsByGroup(input, weights),
            tags: {},
            record: { serial, kind: "shift" } as const,
          };
          const isSame = weights.blue * each.weights.green === weights.green * each.weights.blue;
          assert.equal(ownershipOf(input, rule) === "own", serial === each.serial && isSame);
        }),
      );
    });

    it("watch: a rollback gives more traffic to one color at most, and to none without a shift", () => {
      fc.assert(
        fc.property(shift, (each) => {
          const regaining = regainingColors(each);
          assert.ok(regaining.length <= 1);
          const isShift =
            each.weights.blue * each.weightsBefore.green !== each.weights.green * each.weightsBefore.blue;
          assert.equal(regaining.length === 1, isShift);
        }),
      );
    });

    it("watch: rolls back exactly when an alarm is in ALARM or a check has failed", () => {
      const state = fc.constantFrom("OK", "ALARM", "INSUFFICIENT_DATA", "MISSING");
      fc.assert(
        fc.property(fc.array(state), fc.nat(2), (states, failures) => {
          const alarms = states.map((each, index) => ({ name: `alarm-${index}`, state: each }) as const);
          const failed = Array.from({ length: failures }, (_, index) => {
            return { name: `check-${index}`, status: "failed", answer: "500" } as const;
          });
          const expected = states.includes("ALARM") || failures > 0;
          assert.equal(rollbackReason(alarms, failed, 0) !== undefined, expected);
        }),
      );
    });

    it("watch: an alarm that was in ALARM before the shift counts only after it has been quiet", () => {
      const alarm = (since: number) => ({
        name: "checkout",
        state: "ALARM" as const,
        since: new Date(since),
      });
      assert.equal(rollbackReason([alarm(999)], [], 1000), undefined);
      assert.match(rollbackReason([alarm(1001)], [], 1000) ?? "", /the alarm checkout is in ALARM/);
    });
  });
});
