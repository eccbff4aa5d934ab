import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { GraphResource } from "../../../engine/program/graph";
import { Secret, UNKNOWN, type Value } from "../../../engine/values/values";
import { findingOn, graph, resource, severityAndSummary, severityOf } from "./graphs";

type Weights = Readonly<Record<string, number>>;

describe("finding healthGate:", () => {
  const groups = ["blue", "green"].map((color) =>
    resource("aws:lb/targetGroup:TargetGroup", `web-${color}`, { tags: { "changeover:color": color } }),
  );
  const gate = (color: string, input?: Value): GraphResource => {
    const tiers = [{ tier: "web", targetGroupArn: `<TargetGroup:web-${color}.arn>` }];
    const payload = new Secret(JSON.stringify({ color, tiers }));
    return resource("aws:lambda/invocation:Invocation", "gate", { input: input ?? payload });
  };
  const rule = (dependsOn: GraphResource[], weights: Weights) => {
    const targetGroups = Object.entries(weights).map(([color, weight]) => ({
      ...{ arn: `<TargetGroup:web-${color}.arn>`, weight },
    }));
    const production = resource("aws:lb/listenerRule:ListenerRule", "production", {
      actions: [{ type: "forward", forward: { targetGroups } }],
    });
    return { ...production, dependencies: dependsOn.map(({ urn }) => urn) };
  };
  const program = (weights: Weights, ...gates: GraphResource[]) =>
    graph(...groups, ...gates, rule(gates, weights));
  const blue = program({ blue: 100 }, gate("blue"));
  const GREEN = { green: 100 };

  it("danger when traffic shifts to a color that no gate checks any more", () => {
    assert.deepEqual(severityAndSummary("healthGate", blue, program(GREEN)), [
      "danger",
      "No health gate checks green before it receives traffic.",
    ]);
    assert.deepEqual(findingOn("healthGate", blue, program(GREEN))?.details, [
      "before, production depended on gate, which checks blue",
    ]);
    assert.equal(severityOf("healthGate", blue, program(GREEN, gate("blue"))), "danger");
    assert.equal(severityOf("healthGate", blue, program({ blue: 90, green: 10 }, gate("blue"))), "danger");
  });

  it("danger when the rule does not depend on the gate, directly or through others", () => {
    assert.equal(severityOf("healthGate", blue, graph(...groups, gate("green"), rule([], GREEN))), "danger");
    const middle = { ...resource("a:b:C", "middle"), dependencies: [gate("green").urn] };
    const through = graph(...groups, gate("green"), middle, rule([middle], GREEN));
    assert.equal(findingOn("healthGate", blue, through), undefined);
    const inside = graph(...groups, gate("green"), middle, { ...rule([], GREEN), parent: middle.urn });
    assert.equal(findingOn("healthGate", blue, inside), undefined);
  });

  it("warning when the gate is removed and no traffic shifts", () => {
    const [severity, summary] = severityAndSummary("healthGate", blue, program({ blue: 100 }));
    assert.equal(severity, "warning");
    assert.match(summary ?? "", /^production no longer depends on a health gate/);
  });

  it("no finding for a checked flip, a rollback, and a program without gates", () => {
    assert.equal(findingOn("healthGate", blue, program(GREEN, gate("green"))), undefined);
    const second = { ...gate("green"), urn: `${gate("green").urn}-canary` };
    const canary = program({ blue: 90, green: 10 }, gate("blue"), second);
    assert.equal(findingOn("healthGate", blue, canary), undefined);
    assert.equal(findingOn("healthGate", canary, blue), undefined);
    assert.equal(findingOn("healthGate", program({ blue: 100 }), program(GREEN)), undefined);
    assert.equal(findingOn("healthGate", graph(), program(GREEN)), undefined);
    assert.equal(findingOn("healthGate", blue, graph()), undefined);
  });

  it("no finding when the payload is unknown, or of another function", () => {
    assert.equal(findingOn("healthGate", blue, program(GREEN, gate("green", UNKNOWN))), undefined);
    const payload = JSON.stringify({ check: "drained", targetGroupArn: "<TargetGroup:web-green.arn>" });
    const drain = gate("green", payload);
    assert.equal(findingOn("healthGate", program({ blue: 100 }, drain), program(GREEN)), undefined);
  });
});
