import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { describe, it } from "mocha";
import * as components from "../../../components/index";
import type { ComponentSpec } from "../../../components/validation/args-spec";
import { duplicateIssue, findIssues } from "../../../components/validation/find-issues";
import { formatIssue } from "../../../components/validation/validation-issue";
import { PLACEHOLDERS } from "./placeholders";

const issuesOf = (component: { readonly spec: unknown }, args: unknown) =>
  findIssues("shop", args as object, component.spec as ComponentSpec<object>).map(formatIssue);

const balancer = (more: object) =>
  issuesOf(components.LoadBalancer, {
    vpcId: "vpc-1",
    subnetIds: ["subnet-1", "subnet-2"],
    allowPlainHttp: true,
    ...more,
  });
const gateCheck = components.GateCheck;

describe("issues of args", () => {
  it("issues: include an unknown key, with the known one that was probably meant", () => {
    assert.match(
      balancer({ vpcID: "vpc-1" })[0] ?? "",
      /^vpcID must be one of vpcId, (\w+, ){5}… \(\d+ more\), got an unknown key\. Did you mean vpcId\?$/,
    );
    assert.match(
      balancer({ colour: "blue" })[0] ?? "",
      /^colour must be one of .*, got an unknown key\. Remove it\.$/,
    );
    assert.match(
      issuesOf(gateCheck, { dependsOn: [] })[0] ?? "",
      /Move it to the options, after the args\.$/,
    );
  });

  it("issues: name the output to give in place of a resource, and the text in place of an object", () => {
    const resource = { __pulumiType: "changeover:index:Network", vpcId: "vpc-1", id: "i", arn: "a" };
    const gate = (more: object) =>
      issuesOf(components.Gate, { vpcId: "vpc-1", subnetIds: ["subnet-1"], ...more });
    assert.match(
      gate({ vpcId: resource })[0] ?? "",
      /got a resource of type changeover:index:Network\. Give its output vpcId\.$/,
    );
    assert.match(gate({ topicArns: [resource] })[0] ?? "", /Give its output arn\.$/);
    assert.match(gate({ subnetIds: [resource] })[0] ?? "", /Give its output id\.$/);
    assert.match(gate({ vpcId: {} })[0] ?? "", /Give a text; JSON\.stringify makes JSON of an object\.$/);
    assert.match(
      gate({ tags: new Map() })[0] ?? "",
      /^tags must be an object, got a Map\. Give a plain object/,
    );
    const spec = components.Gate.spec as unknown as ComponentSpec<object>;
    assert.equal(
      findIssues(pulumi.output("g"), { vpcId: "vpc-1", subnetIds: ["subnet-1"] }, spec).map(formatIssue)[0],
      "name must be a text that is not empty, got an output. Give a name that is known before apply, such as a constant.",
    );
  });

  it("issues: include every missing arg", () => {
    assert.deepEqual(issuesOf(components.Gate, {}), [
      "vpcId must be an id such as vpc-0123456789abcdef0, got nothing. It is required.",
      "subnetIds must be one or more ids of subnets (at most 16), such as subnet-0123456789abcdef0, got nothing. It is required.",
    ]);
    assert.equal(issuesOf(gateCheck, {}).length, 4);
    assert.match(
      issuesOf(gateCheck, { gate: null })[0] ?? "",
      /^gate must be an object with functionName, .*, got null\.$/,
    );
    assert.match(issuesOf(components.Network, undefined)[0] ?? "", /^args must be an object with cidr, /);
    assert.deepEqual(balancer({ subnetIds: ["subnet-1", undefined] }), [
      "subnetIds[1] must be an id such as subnet-0123456789abcdef0, got nothing.",
    ]);
    assert.deepEqual(balancer({ internal: null }), ["internal must be true or false, got null."]);
  });

  it("issues: include a missing name, and a name that is not a text", () => {
    const spec = components.Certificate.spec as ComponentSpec<object>;
    const valid = { domainName: "shop.example.com", hostedZoneId: "Z0123456789ABC" };
    for (const [name, shown] of [
      [undefined, "nothing"],
      ["", '""'],
      [valid, "a value of type object"],
    ])
      assert.deepEqual(findIssues<object>(name, valid, spec).map(formatIssue), [
        `name must be a text that is not empty, got ${shown}. Give the name first, then the args.`,
      ]);
  });

  it("issues: exclude outputs, except for args that must be known before apply", () => {
    const output = pulumi.output("10.0.0.0/8");
    const tags = pulumi.output({ team: "checkout" });
    assert.deepEqual(balancer({ allowedCidrs: [output], domainName: output, tags }), []);
    assert.deepEqual(balancer({ allowedCidrs: pulumi.output(["10.0.0.0/8"]) }), [
      "allowedCidrs must be a list, got an output. Give a value that is known before apply; its items may be outputs.",
    ]);
    assert.deepEqual(balancer({ internal: pulumi.output(true) }), [
      "internal must be true or false, got an output. Give a value that is known before apply.",
    ]);
    // Pulumi gives an output of an object the properties of that object.
    const targetGroupArns = pulumi.output({ blue: "arn:b", green: "arn:g" });
    const rule = { listenerArn: output, targetGroupArns, weights: { blue: 1, green: 0 } };
    assert.deepEqual(issuesOf(components.ProductionRule, rule), []);
  });

  it("issues: exclude placeholders of a preview", () => {
    for (const vpcId of PLACEHOLDERS) assert.deepEqual(balancer({ vpcId, domainName: vpcId }), []);
    for (const vpcId of ["<", "a>b", "[encrypted]"]) assert.equal(balancer({ vpcId }).length, 1);
  });

  it("issues: do not show a text in place of an object, which may contain a secret", () => {
    const args = { vpcId: "vpc-1", subnetIds: ["subnet-1"], scriptsDirectory: "app/migrations" };
    assert.match(
      issuesOf(components.Migration, { ...args, database: "postgres://owner:secret@db" })[0] ?? "",
      /^database must be an object with address, .*, got a value of type string\.$/,
    );
  });

  it("issues: say that quotes are the problem", () => {
    assert.deepEqual(balancer({ internal: "false" }), [
      'internal must be true or false, got "false". Remove the quotes.',
    ]);
    assert.deepEqual(balancer({ idleTimeoutSeconds: "60" }), [
      'idleTimeoutSeconds must be an integer from 1 to 4000, got "60". Remove the quotes.',
    ]);
  });

  it("issues: include a number beyond its range or between two integers", () => {
    for (const value of [1, 4000, undefined]) assert.deepEqual(balancer({ idleTimeoutSeconds: value }), []);
    for (const value of [0, 4001, 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY])
      assert.deepEqual(balancer({ idleTimeoutSeconds: value }), [
        `idleTimeoutSeconds must be an integer from 1 to 4000, got ${value}.`,
      ]);
  });

  it("issues: include a duplicate in a list, but not of values that are unknown until apply", () => {
    const output = Promise.resolve("a");
    const [placeholder = ""] = PLACEHOLDERS;
    assert.equal(duplicateIssue("calls", ["a", "b", output, output, placeholder, placeholder]), undefined);
    const issue = duplicateIssue("calls", ["a", output, "a"]);
    assert.equal(
      issue && formatIssue(issue),
      'calls must be a list without duplicates, got "a" twice. Remove one of the two, or change it.',
    );
  });

  it("issues: name an entry of a map by a property path of Pulumi", () => {
    const tags = { "aws:team": "shop", team: "a;b", costCenter: undefined };
    assert.deepEqual(
      findIssues("shop", { tags }, { args: components.Network.spec.args } as never).map(({ key }) => key),
      ['tags["aws:team"]', "tags.team"],
    );
  });
});
