import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { GraphResource } from "../../../engine/program/graph";
import { Secret, UNKNOWN, type Value } from "../../../engine/values/values";
import { answer, graph, resource } from "./graphs";

describe("of gates, a preview", () => {
  const groups = ["blue", "green"].map((color) =>
    resource("aws:lb/targetGroup:TargetGroup", `web-${color}`, { tags: { "changeover:color": color } }),
  );
  const gate = (looksAt: string, input?: Value): GraphResource => {
    const tiers = [{ tier: "web", targetGroupArn: `<TargetGroup:web-${looksAt}.arn>` }];
    const asked = new Secret(JSON.stringify({ color: looksAt, tiers }));
    return resource("aws:lambda/invocation:Invocation", "gate", { input: input ?? asked });
  };
  const rule = (waitsFor: GraphResource[], weights: Readonly<Record<string, number>>) => {
    const targetGroups = Object.entries(weights).map(([color, weight]) => ({
      ...{ arn: `<TargetGroup:web-${color}.arn>`, weight },
    }));
    const production = resource("aws:lb/listenerRule:ListenerRule", "production", {
      actions: [{ type: "forward", forward: { targetGroups } }],
    });
    return { ...production, dependencies: waitsFor.map(({ urn }) => urn) };
  };
  const program = (weights: Readonly<Record<string, number>>, ...gates: GraphResource[]) =>
    graph(...groups, ...gates, rule(gates, weights));
  const blue = program({ blue: 100 }, gate("blue"));
  const GREEN = { green: 100 };
  const unchecked = "No gate looks at green before users get there: nobody knows whether it can serve.";

  it("shouts when users move to a color that none looks at, where one did", () => {
    const gone = answer("gate", blue, program(GREEN));
    assert.deepEqual([gone?.level, gone?.text], ["danger", unchecked]);
    assert.deepEqual(gone?.details, ["before this, production waited for gate, which looks at blue"]);
    const wrong = answer("gate", blue, program(GREEN, gate("blue")));
    assert.equal(wrong?.text, unchecked);
    const canary = answer("gate", blue, program({ blue: 90, green: 10 }, gate("blue")));
    assert.equal(canary?.level, "danger");
  });

  it("takes a gate that the rule does not wait for as none", () => {
    const beside = graph(...groups, gate("green"), rule([], GREEN));
    assert.equal(answer("gate", blue, beside)?.text, unchecked);
    // A wait of what the rule waits for counts.
    const middle = { ...resource("a:b:C", "middle"), dependencies: [gate("green").urn] };
    const through = graph(...groups, gate("green"), middle, rule([middle], GREEN));
    assert.equal(answer("gate", blue, through), undefined);
    const inside = graph(...groups, gate("green"), middle, { ...rule([], GREEN), parent: middle.urn });
    assert.equal(answer("gate", blue, inside), undefined);
  });

  it("asks whether it is meant when the gate goes and nobody moves", () => {
    const said = answer("gate", blue, program({ blue: 100 }));
    assert.equal(said?.level, "attention");
    assert.match(said?.text ?? "", /^No gate stands before production any more: /);
  });

  it("is silent of a flip that is looked at, of users who go back, and where there never was one", () => {
    assert.equal(answer("gate", blue, program(GREEN, gate("green"))), undefined);
    const canary = program({ blue: 90, green: 10 }, gate("blue"), {
      ...gate("green"),
      urn: `${gate("green").urn}-canary`,
    });
    assert.equal(answer("gate", blue, canary), undefined);
    assert.equal(answer("gate", canary, blue), undefined);
    assert.equal(answer("gate", program({ blue: 100 }), program(GREEN)), undefined);
    assert.equal(answer("gate", graph(), program(GREEN)), undefined);
    assert.equal(answer("gate", blue, graph()), undefined);
  });

  it("is silent where it cannot read what is invoked, or something else is", () => {
    assert.equal(answer("gate", blue, program(GREEN, gate("green", UNKNOWN))), undefined);
    const drain = gate(
      "green",
      JSON.stringify({ check: "drained", targetGroupArn: "<TargetGroup:web-green.arn>" }),
    );
    assert.equal(answer("gate", program({ blue: 100 }, drain), program(GREEN)), undefined);
  });
});
