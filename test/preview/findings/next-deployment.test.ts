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
    assert.match(
      finding?.summary ?? "",
      /^Changed settings of instances wait for the next deployment of dev-web-blue: /,
    );
    assert.equal(finding?.details[0], "dev-web-blue: instanceType");
    assert.match(
      finding?.details[1] ?? "",
      /deploy the same version again with a build number, such as 1\.1\.0\+2/,
    );
  });

  it("is absent for changes that apply now, and without changes", () => {
    assert.equal(findingOn("nextDeployment", template("t4g.small"), template("m7g.large")), undefined);
    const same = template("t4g.small", ["instanceType"]);
    assert.equal(findingOn("nextDeployment", template("t4g.small"), same), undefined);
  });
});
