import assert from "node:assert/strict";
import { beforeEach, describe, it } from "mocha";
import { type Config, PaperStack } from "../../support/stack";

const DEPLOYED: Config = { greenVersion: "1.1.0" };
const FLIPPED: Config = { ...DEPLOYED, live: "green" };
const RULE = "aws:lb/listenerRule:ListenerRule dev-edge-production";
const GATE_CHECK = "aws:lambda/invocation:Invocation dev-gate-live";
const group = (name: string) => `aws:autoscaling/group:Group dev-${name}`;

describe("update after a failed one", function () {
  this.timeout(120_000);
  let stack: PaperStack;
  beforeEach(async () => {
    stack = new PaperStack();
    await stack.up(DEPLOYED);
  });

  /** The changes on AWS by an update, which fails at the given resource. */
  async function changesBy(config: Config, failing?: string): Promise<string[]> {
    const before = stack.cloud.changes.length;
    if (failing) {
      stack.cloud.failing.add(failing);
      await assert.rejects(stack.up(config), new RegExp(`rejects ${failing}`));
      stack.cloud.failing.clear();
    } else await stack.up(config);
    return stack.cloud.changes.slice(before);
  }

  it("failed update: an attempt with a new updateId repeats the gate check before traffic shifts", async () => {
    const failed = await changesBy(FLIPPED, RULE);
    assert.ok(
      failed.includes(`create ${GATE_CHECK}`) && !failed.includes(`update ${RULE}`),
      failed.join("\n"),
    );
    const again = await changesBy({ ...FLIPPED, updateId: "second-attempt" });
    assert.ok(again.indexOf(`create ${GATE_CHECK}`) >= 0, again.join("\n"));
    assert.ok(again.indexOf(`create ${GATE_CHECK}`) < again.indexOf(`update ${RULE}`), again.join("\n"));
    assert.deepEqual(await changesBy(FLIPPED), []);
  });

  it("failed update: a color whose deployment failed keeps the former version's instances when it goes back", async () => {
    const template = (version: string) => `aws:ec2/launchTemplate:LaunchTemplate dev-app-green-${version}`;
    const former = stack.cloud.changes.length;
    const failed = await changesBy({ greenVersion: "1.2.0" }, group("app-green"));
    assert.ok(failed.includes(`create ${template("1.2.0")}`), failed.join("\n"));
    const back = await changesBy(DEPLOYED);
    assert.ok(back.includes(`delete ${template("1.2.0")}`), back.join("\n"));
    const since = stack.cloud.changes.slice(former);
    assert.deepEqual(
      since.filter((change) => change.includes("Group ") || change.includes(template("1.1.0"))),
      [],
    );
  });

  it("failed update: the outputs have the flip although the retirement failed", async () => {
    const retired = { ...FLIPPED, idle: "off", allowMixedFlip: true };
    const failed = await changesBy(retired, "aws:lambda/invocation:Invocation dev-drained-blue");
    assert.ok(failed.includes(`update ${RULE}`), failed.join("\n"));
    const { live, weights } = await stack.outputs();
    assert.deepEqual([live, weights], ["green", { blue: 0, green: 100 }]);
    await assert.rejects(
      stack.up({ ...retired, greenVersion: "1.2.0" }),
      /greenVersion must be "1\.1\.0" while/,
    );
    const again = await changesBy(retired);
    assert.deepEqual(
      again.filter((change) => change.includes("Group")),
      [`update ${group("app-blue")}`],
    );
  });
});
