import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { type Config, changesOf, declare, PaperStack } from "../../support/stack";

/** The sizes in Pulumi.dev.yaml. */
const SIZE = { minInstances: 2, maxInstances: 4 };
const DEPLOYED: Config = { greenVersion: "1.1.0" };
const FLIPPED: Config = { ...DEPLOYED, live: "green" };
const BAKED: Config = { ...DEPLOYED, bakeMinutes: 20, actor: "anna", reason: "release" };
const RULE = "aws:lb/listenerRule:ListenerRule dev-edge-production";

const rejection = (update: Promise<unknown>): Promise<string> =>
  update.then(
    () => "the update succeeded",
    (error: Error) => error.message,
  );

function production({ cloud }: PaperStack): Record<string, unknown> {
  for (const rule of cloud.balancing.values()) {
    if (rule.priority === 1000) return rule;
  }
  throw new Error("There is no production rule.");
}

function shiftTo(stack: PaperStack, color: string, tags: Record<string, string> = {}): void {
  const rule = production(stack);
  const [action] = rule.actions as { forward: { targetGroups: { arn: string }[] } }[];
  const [group] = action?.forward.targetGroups ?? [];
  const arn = group?.arn.replace(/web-(blue|green)/, `web-${color}`);
  rule.actions = [{ ...action, forward: { ...action?.forward, targetGroups: [{ arn, weight: 100 }] } }];
  rule.tags = { ...(rule.tags as object), ...tags };
}

async function deployed(config = DEPLOYED): Promise<PaperStack> {
  const stack = new PaperStack();
  await stack.up(config);
  return stack;
}

interface Shift {
  readonly serial: number;
  readonly kind: string;
  readonly actor?: string;
  readonly served: Record<string, { version: string }>;
  readonly history: readonly { readonly serial: number }[];
}

const release = async (stack: PaperStack) => (await stack.outputs()).release as Shift;

describe("traffic shifts of a stack", function () {
  this.timeout(240_000);

  describe("by other writers", () => {
    let stack: PaperStack;
    before(async () => {
      stack = await deployed();
      await stack.up(FLIPPED);
    });

    it("shifts: the config of before a flip plus another key moves no traffic", async () => {
      const changes = stack.cloud.changes.length;
      const message = await rejection(stack.up({ ...DEPLOYED, web: { ...SIZE, targetCpuPercent: 60 } }));
      assert.match(message, /^web\.targetCpuPercent must be 50, as in the last update/);
      const stale = await rejection(stack.up({ ...DEPLOYED, expectedSerial: 1 }));
      assert.match(stale, /^expectedSerial must be 2, .*got 1\./);
      assert.equal(stack.cloud.changes.length, changes);
    });

    it("shifts: weights that were set by hand are not set back by another update", async () => {
      shiftTo(stack, "blue");
      const changes = stack.cloud.changes.length;
      const message = await rejection(stack.up(FLIPPED));
      assert.match(message, /^live must be the traffic of the production rule.*blue 100 %.*got "green"\./);
      assert.equal(stack.cloud.changes.length, changes);
      shiftTo(stack, "green");
      await stack.up(FLIPPED);
    });

    it("shifts: a rollback by a command is adopted without a gate check, and with its record", async () => {
      const at = "2026-03-01T03:00:00.000Z";
      shiftTo(stack, "blue", {
        ...{ "changeover:serial": "3", "changeover:kind": "rollback" },
        ...{ "changeover:actor": "ben", "changeover:at": at },
      });
      const { steps } = await stack.up(DEPLOYED);
      const changes = changesOf({ steps }).filter((change) => !change.includes("changeover:index"));
      assert.deepEqual(changes, [
        "delete lambda/invocation:Invocation dev-gate-live",
        "update lb/listenerRule:ListenerRule dev-edge-production",
      ]);
      const { serial, kind, actor, served, history } = await release(stack);
      assert.deepEqual([serial, kind, actor], [3, "rollback", "ben"]);
      assert.deepEqual(served, {}, "a version that was rolled back is checked anew");
      assert.deepEqual(
        history.map((each) => each.serial),
        [3, 2, 1],
      );
      const tags = production(stack).tags as Record<string, string>;
      assert.deepEqual([tags["changeover:serial"], tags["changeover:at"]], ["3", at]);
      assert.deepEqual(changesOf(await stack.up(DEPLOYED)), []);
    });
  });

  it("shifts: a rollback is undone in one update that expects its number", async () => {
    const stack = await deployed();
    await stack.up(FLIPPED);
    shiftTo(stack, "blue", { "changeover:serial": "3", "changeover:kind": "rollback" });
    await stack.up({ ...FLIPPED, expectedSerial: 3 });
    assert.match(JSON.stringify(production(stack).actions), /web-green/);
    assert.equal((await release(stack)).serial, 4);
    assert.deepEqual(changesOf(await stack.up(FLIPPED)), []);
    await stack.up(DEPLOYED);
    assert.match(JSON.stringify(production(stack).actions), /web-blue[^}]*"weight":100}/);
  });

  it("shifts: a flip whose update was interrupted after the rule is continued under its number", async () => {
    const stack = await deployed();
    // The outputs wait for the idle color's groups, which change after the rule.
    stack.cloud.failing.add("aws:autoscaling/group:Group dev-web-blue");
    const mixed = { ...FLIPPED, web: { ...SIZE, maxInstances: 5 }, allowMixedFlip: true };
    await rejection(stack.up(mixed));
    assert.equal((production(stack).tags as Record<string, string>)["changeover:serial"], "2");
    assert.equal((await release(stack)).serial, 1);
    stack.cloud.failing.clear();
    const before = stack.cloud.changes.length;
    await stack.up(mixed);
    const changes = stack.cloud.changes.slice(before);
    assert.deepEqual(changes, [
      "update aws:autoscaling/group:Group dev-web-blue",
      // The check from before the flip, replaced by the interrupted update.
      "delete aws:lambda/invocation:Invocation dev-gate-live",
    ]);
    assert.equal((await release(stack)).serial, 2);
  });

  it("shifts: without the outputs of the last update nothing is declared while a production rule exists", async () => {
    const stack = await deployed();
    const { cloud } = stack;
    stack.state.outputs = {};
    const changes = cloud.changes.length;
    const message = await rejection(stack.up({ ...DEPLOYED, blueVersion: "1.2.0" }));
    assert.match(
      message,
      /^The stack's output `release` must be .*a production rule exists \(blue 100 %; shift 1/,
    );
    assert.match(await rejection(stack.up({ ...FLIPPED, expectedSerial: 1 })), /^The stack's output/);
    assert.equal(cloud.changes.length, changes);
    const recovered = await stack.up({ ...DEPLOYED, expectedSerial: 1 });
    assert.deepEqual(
      changesOf(recovered).filter((change) => /blue|gate|production/.test(change)),
      [],
      "the color with traffic stays as it is",
    );
  });

  it("shifts: two evaluations of a flip give equal inputs and outputs", async () => {
    const { outputs } = await new PaperStack().up(DEPLOYED);
    const evaluate = async () => {
      const { graph, declared } = await declare(
        { ...FLIPPED, ...BAKED, live: "green" },
        {},
        { lastOutputs: outputs },
      );
      const inputs = declared.resources.map(({ urn, inputs: each }) => [urn, each] as const);
      return JSON.stringify([inputs.sort(([left], [right]) => (left < right ? -1 : 1)), graph.outputs]);
    };
    const first = await evaluate();
    assert.match(first, /dev-watch/);
    assert.equal(await evaluate(), first);
  });

  describe("with a bake", () => {
    let stack: PaperStack;
    before(async () => {
      stack = await deployed(BAKED);
    });

    it("shifts: the first traffic of a stack is not watched", () => {
      assert.ok(!stack.declared().names.some((name) => name.includes("dev-watch-step")));
      assert.deepEqual(
        stack.declared().names.filter((name) => /Invocation dev-watch/.test(name)),
        [],
      );
    });

    it("shifts: a flip changes the gate check, the production rule and the watch, and nothing else", async () => {
      const result = await stack.up({ ...BAKED, live: "green" });
      assert.deepEqual(changesOf(result), [
        "create changeover:index:WatchStep dev-watch",
        "create lambda/invocation:Invocation dev-watch",
        "create lambda/invocation:Invocation dev-watch-1",
        "replace lambda/invocation:Invocation dev-gate-live",
        "update lb/listenerRule:ListenerRule dev-edge-production",
      ]);
      const declared = stack.declared();
      const [gate, watch, idle] = [
        declared.get("lambda/invocation:Invocation", "dev-gate-live"),
        declared.get("lambda/invocation:Invocation", "dev-watch-1"),
        declared.get("autoscaling/group:Group", "dev-app-blue"),
      ];
      const rule = declared.get("lb/listenerRule:ListenerRule", "dev-edge-production");
      declared.assertChain(gate, rule, watch, idle);
      const input = JSON.parse(watch.inputs.input);
      assert.deepEqual(
        [input.serial, input.color, input.weights, input.weightsBefore, input.bakeMinutes],
        [2, "green", { blue: 0, green: 100 }, { blue: 100, green: 0 }, 20],
      );
      assert.equal(input.hold.length, 2);
      assert.ok(input.hold.every((name: string) => /^dev-(web|app)-blue/.test(name)));
      assert.equal(rule.inputs.tags["changeover:actor"], "anna");
      assert.equal(rule.inputs.tags["changeover:serial"], "2");
    });

    it("shifts: nothing is checked or watched again until the next shift", async () => {
      const config = { ...BAKED, live: "green", bakeMinutes: 5, gateTimeoutSeconds: 200, alarms: ["busy"] };
      assert.deepEqual(
        changesOf(await stack.up(config)).filter((change) => change.includes("Invocation")),
        [],
      );
    });
  });

  it("shifts: a canary that ends is checked on the live color, which has the canary's traffic to carry", async () => {
    const stack = await deployed();
    await stack.up({ ...DEPLOYED, canaryPercent: 10 });
    const ended = await stack.up(DEPLOYED);
    assert.deepEqual(changesOf(ended), [
      "delete changeover:index:GateCheck dev-gate-canary",
      "delete lambda/invocation:Invocation dev-gate-canary",
      "replace lambda/invocation:Invocation dev-gate-live",
      "update lb/listenerRule:ListenerRule dev-edge-production",
    ]);
    const { inputs } = stack.declared().get("lambda/invocation:Invocation", "dev-gate-live");
    const { production: rule } = JSON.parse(inputs.input);
    assert.deepEqual(
      [rule.serialBefore, rule.weightsBefore, rule.serial, rule.weights],
      [2, { blue: 90, green: 10 }, 3, { blue: 100, green: 0 }],
    );
    const { color, sharePercent, otherSharePercent, servedUntil, tiers } = JSON.parse(inputs.input);
    assert.deepEqual([color, sharePercent, otherSharePercent, servedUntil], ["blue", 100, 10, "now"]);
    assert.deepEqual(
      tiers.map((tier: { maxInstances: number; autoScalingGroupName: string }) => [
        tier.maxInstances,
        tier.autoScalingGroupName.slice(0, 12),
      ]),
      [
        [4, "dev-web-blue"],
        [4, "dev-app-blue"],
      ],
    );
  });

  it("shifts: a failed update leaves the rule for the next attempt", async () => {
    const stack = await deployed();
    stack.cloud.failing.add(RULE);
    await rejection(stack.up(FLIPPED));
    stack.cloud.failing.clear();
    assert.deepEqual(changesOf(await stack.up(FLIPPED)), [
      "update lb/listenerRule:ListenerRule dev-edge-production",
    ]);
  });
});
