import assert from "node:assert/strict";
import { beforeEach, describe, it } from "mocha";
import { type Config, PaperStack } from "../../support/stack";

const DEPLOYED: Config = { greenVersion: "1.1.0" };
const FLIPPED: Config = { ...DEPLOYED, live: "green" };
const RULE = "aws:lb/listenerRule:ListenerRule dev-edge-production";
const LOOK = "aws:lambda/invocation:Invocation dev-gate-live";
const group = (name: string) => `aws:autoscaling/group:Group dev-${name}`;

describe("after an update that failed half way", function () {
  this.timeout(120_000);
  let stack: PaperStack;
  beforeEach(async () => {
    stack = new PaperStack();
    await stack.up(DEPLOYED);
  });

  /** What the cloud was told by an update, which ends early where a resource is refused. */
  async function told(config: Config, refused?: string): Promise<string[]> {
    const before = stack.cloud.changes.length;
    if (refused) {
      stack.cloud.failing.add(refused);
      await assert.rejects(stack.up(config), new RegExp(`rejects ${refused}`));
      stack.cloud.failing.clear();
    } else await stack.up(config);
    return stack.cloud.changes.slice(before);
  }

  it("nobody gets users on an old look of the gate", async () => {
    const failed = await told(FLIPPED, RULE);
    assert.ok(failed.includes(`create ${LOOK}`) && !failed.includes(`update ${RULE}`), failed.join("\n"));
    const again = await told(FLIPPED);
    assert.ok(again.indexOf(`create ${LOOK}`) >= 0, again.join("\n"));
    assert.ok(again.indexOf(`create ${LOOK}`) < again.indexOf(`update ${RULE}`), again.join("\n"));
    assert.deepEqual(await told(FLIPPED), []);
  });

  it("servers that are exchanged under their users do not go before the gate has looked, again and again", async () => {
    const exchange = { ...DEPLOYED, web: { instanceType: "m7g.large" } };
    const failed = await told(exchange, LOOK);
    assert.ok(failed.includes(`create ${group("web-blue")}`), failed.join("\n"));
    assert.ok(!failed.includes(`delete ${group("web-blue")}`), failed.join("\n"));
    const again = await told(exchange);
    assert.ok(again.indexOf(`create ${LOOK}`) >= 0, again.join("\n"));
    assert.ok(
      again.indexOf(`create ${LOOK}`) < again.indexOf(`delete ${group("web-blue")}`),
      again.join("\n"),
    );
  });

  it("the stack knows who has the users, though the other color is not retired yet", async () => {
    const retired = { ...FLIPPED, idle: "off" };
    const failed = await told(retired, "aws:lambda/invocation:Invocation dev-drained-blue");
    assert.ok(failed.includes(`update ${RULE}`), failed.join("\n"));
    const { live, weights } = await stack.outputs();
    assert.deepEqual([live, weights], ["green", { blue: 0, green: 100 }]);
    await assert.rejects(
      stack.up({ ...retired, greenVersion: "1.2.0" }),
      /greenVersion must be "1\.1\.0" while/,
    );
    const again = await told(retired);
    assert.deepEqual(
      again.filter((change) => change.includes("Group")),
      [`update ${group("app-blue")}`],
    );
  });

  it("servers are only exchanged where the production rule sends nobody, whatever the stack remembers", async () => {
    // The rule moves, the idle color's new servers do not come up: what the stack remembers is from before the flip.
    const failed = await told({ ...FLIPPED, app: { instanceType: "m7g.large" } }, group("app-blue"));
    assert.equal((await stack.outputs()).live, "blue");
    assert.ok(failed.includes(`update ${RULE}`), failed.join("\n"));
    const redeployed = await told({ greenVersion: "1.2.0" });
    const [rule, ...servers] = [
      `update ${RULE}`,
      `create ${group("app-green")}`,
      `create ${group("web-green")}`,
    ].map((change) => redeployed.indexOf(change));
    assert.ok(rule !== undefined && rule >= 0, redeployed.join("\n"));
    for (const index of servers) assert.ok(index > rule, redeployed.join("\n"));
  });
});
