import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { GraphResource } from "../../../engine/program/graph";
import type { Properties } from "../../../engine/values/values";
import { findingOn, graph, renamed, resource } from "./graphs";

describe("finding instances:", () => {
  const summary = (base: GraphResource, head: GraphResource) =>
    findingOn("instances", graph(base), graph(head))?.summary ?? "";

  it("counts added and replaced instances", () => {
    const group = (minSize: number, launchTemplate = "1") =>
      resource(
        "aws:autoscaling/group:Group",
        "web",
        { minSize, maxSize: 6, launchTemplate },
        { replaceOnChanges: ["launchTemplate"] },
      );
    assert.equal(summary(group(2), group(5)), "Instances: 3 more, minimum 2 → 5.");
    assert.match(summary(group(2), group(2, "2")), /^Instances: 2 replaced, /);
    assert.equal(
      summary(group(2), renamed(group(2), "fleet")),
      "No instances are added, removed or replaced (2).",
    );
    assert.match(summary(group(2), renamed(group(2), "fleet", [])), /^Instances: 2 replaced, /);
    const bucket = resource("aws:s3/bucket:Bucket", "records");
    assert.equal(findingOn("instances", graph(), graph(bucket)), undefined);
  });

  it("counts instances that are replaced a few at a time", () => {
    const service = (taskDefinition: string, cpu = 1) =>
      resource("aws:ecs/service:Service", "web", { desiredCount: 3, taskDefinition, cpu });
    assert.match(summary(service("web:1"), service("web:2")), /^Instances: 3 replaced, /);
    assert.match(summary(service("web:1"), service("web:1", 2)), /^No instances/);
    const group = (version: string, more: Properties = {}) =>
      resource("aws:autoscaling/group:Group", "web", {
        ...{ minSize: 2, maxSize: 4, launchTemplate: { id: "lt-1", version }, ...more },
      });
    const refresh = { instanceRefresh: { strategy: "Rolling" } };
    assert.match(summary(group("1", refresh), group("2", refresh)), /^Instances: 2 replaced, /);
    assert.match(summary(group("1", refresh), group("1", { ...refresh, maxSize: 5 })), /may change/);
    assert.match(summary(group("1"), group("2")), /^No instances/);
  });

  it("says when instances may be replaced", () => {
    const instance = (instanceType: string) =>
      graph(resource("aws:ec2/instance:Instance", "web", { instanceType }));
    const finding = findingOn("instances", instance("t3.micro"), instance("t3.small"));
    assert.deepEqual([finding?.severity, finding?.details], ["info", ["web: 1, may be replaced"]]);
  });
});
