import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { graph, resource, severityAndSummary, severityOf } from "./graphs";

describe("finding protection:", () => {
  it("danger when a protected resource would be replaced", () => {
    const group = (port: number) =>
      graph(resource("aws:lb/targetGroup:TargetGroup", "web", { port }, { protect: true }));
    const [severity, summary] = severityAndSummary("protection", group(1), group(2));
    assert.equal(severity, "danger");
    assert.match(summary ?? "", /web \(aws:lb:TargetGroup\)/);
    assert.equal(severityOf("protection", group(1), group(1)), undefined);
  });
});
