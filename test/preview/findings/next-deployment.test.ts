import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { findingOn, graph, resource } from "./graphs";

describe("finding nextDeployment:", () => {
  const template = (instanceType: string, ignoreChanges: readonly string[] = []) =>
    graph(
      resource("aws:ec2/launchTemplate:LaunchTemplate", "dev-web-blue", { instanceType }, { ignoreChanges }),
    );

  it("names launch templates with changes that wait for the next deployment", () => {
    const finding = findingOn(
      "nextDeployment",
      template("t4g.small"),
      template("m7g.large", ["instanceType"]),
    );
    assert.equal(finding?.severity, "info");
    assert.equal(
      finding?.summary,
      "Changed settings of instances wait for the next deployment of dev-web-blue.",
    );
    assert.deepEqual(finding?.details, ["dev-web-blue: instanceType"]);
  });

  it("is absent for changes that apply now, and without changes", () => {
    assert.equal(findingOn("nextDeployment", template("t4g.small"), template("m7g.large")), undefined);
    const same = template("t4g.small", ["instanceType"]);
    assert.equal(findingOn("nextDeployment", template("t4g.small"), same), undefined);
  });
});
