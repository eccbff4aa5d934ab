import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { contains, type Properties, Secret, type Value } from "../../../engine/values/values";
import { PARTITION, passwordOf } from "../../support/paper-cloud";
import { type Production, production } from "./stacks";

const NAME = "records-prod-1";
const group = (suffix: string) => `SecurityGroup:${NAME}-${suffix}`;

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

describe("who may do what in a stack", () => {
  let stack: Production;
  before(async function () {
    this.timeout(180_000);
    stack = await production();
  });

  it("admits the world to the edge's two ports, and to nothing else", () => {
    const open = stack.declared
      .of("vpc/securityGroupIngressRule:SecurityGroupIngressRule")
      .filter(({ inputs }) => inputs.referencedSecurityGroupId === undefined)
      .map(({ inputs }) => [inputs.securityGroupId, inputs.cidrIpv4, inputs.fromPort, inputs.toPort]);
    assert.deepEqual(open.sort(), [
      [group("edge-lb"), "0.0.0.0/0", 443, 443],
      [group("edge-lb"), "0.0.0.0/0", 80, 80],
    ]);
    for (const { inputs } of stack.declared.of("ec2/securityGroup:SecurityGroup")) {
      assert.deepEqual([inputs.ingress, inputs.egress], [undefined, undefined], "rules inside of a group");
    }
    const { inputs } = stack.declared.get("ec2/defaultSecurityGroup:DefaultSecurityGroup", `${NAME}-default`);
    assert.deepEqual([inputs.ingress, inputs.egress], [undefined, undefined]);
  });

  it("lets each caller in by one port, and to the database only servers and migrations", () => {
    const calls = stack.declared
      .of("vpc/securityGroupIngressRule:SecurityGroupIngressRule")
      .filter(({ inputs }) => inputs.referencedSecurityGroupId !== undefined)
      .map(({ inputs }) => [
        inputs.referencedSecurityGroupId,
        inputs.securityGroupId,
        inputs.fromPort,
        inputs.toPort,
      ]);
    assert.deepEqual(calls.sort(), [
      [group("app"), group("database"), 5432, 5432],
      [group("edge-lb"), group("web"), 8080, 8080],
      [group("gate"), group("inner-lb"), 80, 80],
      [group("inner-lb"), group("app"), 8080, 8080],
      [group("migrate"), group("database"), 5432, 5432],
      [group("web"), group("inner-lb"), 80, 80],
    ]);
    const leaving = stack.declared
      .of("vpc/securityGroupEgressRule:SecurityGroupEgressRule")
      .map(({ inputs }) => inputs.securityGroupId);
    assert.ok(!leaving.includes(group("database")), "the database may call out");
  });

  it("keeps the database private, encrypted on disk and on the way", () => {
    const { publiclyAccessible, storageEncrypted, vpcSecurityGroupIds, parameterGroupName } =
      stack.declared.get("rds/instance:Instance", NAME).inputs;
    assert.deepEqual([publiclyAccessible, storageEncrypted], [false, true]);
    assert.deepEqual(vpcSecurityGroupIds, [group("database")]);
    const parameters = stack.declared.get("rds/parameterGroup:ParameterGroup", NAME).inputs;
    assert.equal(parameterGroupName, parameters.name);
    assert.deepEqual(parameters.parameters, [{ name: "rds.force_ssl", value: "1" }]);
  });

  it("puts the load balancers where they belong", () => {
    const edge = stack.declared.get("lb/loadBalancer:LoadBalancer", `${NAME}-edge`).inputs;
    const inner = stack.declared.get("lb/loadBalancer:LoadBalancer", `${NAME}-inner`).inputs;
    assert.deepEqual([edge.internal, inner.internal], [false, true]);
    assert.ok(edge.subnets.every((id: string) => id.includes("-public-")));
    assert.ok(inner.subnets.every((id: string) => id.includes("-private-")));
  });

  it("keeps the servers' software from strangers", () => {
    const { bucket: _bucket, ...blocks } = stack.declared.get(
      "s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      `${NAME}-artifacts`,
    ).inputs;
    assert.ok(Object.values(blocks).length === 4 && Object.values(blocks).every(Boolean));
    const versioning = stack.declared.get("s3/bucketVersioning:BucketVersioning", `${NAME}-artifacts`).inputs;
    assert.equal(versioning.versioningConfiguration.status, "Enabled");
  });

  it("grants each role what it needs, by name", () => {
    const granted = stack.declared.of("iam/rolePolicy:RolePolicy").flatMap(({ name, inputs }) =>
      (JSON.parse(inputs.policy).Statement as Statement[]).map((statement) => {
        assert.equal(statement.Effect, "Allow");
        return [
          name.replace(`${NAME}-`, ""),
          [statement.Action].flat(),
          [statement.Resource].flat(),
        ] as const;
      }),
    );
    for (const [role, actions, resources] of granted) {
      assert.ok(
        actions.every((action) => /^[a-z0-9]+:[A-Za-z]+$/.test(action)),
        `${role} may ${actions.join(", ")}`,
      );
      // The one read for which AWS knows no narrower resource.
      if (actions.includes("elasticloadbalancing:DescribeTargetHealth")) assert.equal(actions.length, 1);
      else assert.ok(!resources.includes("*"), `${role} may ${actions.join(", ")} everywhere`);
    }
    const mayRead = (role: string) =>
      granted
        .filter(([of, actions]) => of === role && actions.includes("secretsmanager:GetSecretValue"))
        .flatMap(([, , resources]) => resources.map((arn) => arn.split("-").at(-1)));
    assert.deepEqual(mayRead("web"), []);
    assert.deepEqual(mayRead("app"), ["application"]);
    assert.deepEqual(mayRead("migrate").sort(), ["application", "master"]);
    assert.deepEqual(mayRead("gate"), []);
    const attached = stack.declared
      .of("iam/rolePolicyAttachment:RolePolicyAttachment")
      .map(({ inputs }) => inputs.policyArn);
    assert.deepEqual([...new Set(attached)].sort(), [
      `arn:${PARTITION}:iam::aws:policy/AmazonSSMManagedInstanceCore`,
      `arn:${PARTITION}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole`,
    ]);
  });

  it("keeps logs for as long as it says, and no longer", () => {
    const kept = stack.declared.of("cloudwatch/logGroup:LogGroup");
    assert.deepEqual(kept.map(({ name }) => name.replace(`${NAME}-`, "")).sort(), [
      "flow",
      "gate",
      "migrate",
    ]);
    for (const { inputs } of kept) assert.ok(inputs.retentionInDays > 0);
    for (const { name, inputs } of stack.declared.of("lambda/function:Function")) {
      const { inputs: logGroup } = stack.declared.get("cloudwatch/logGroup:LogGroup", name);
      assert.equal(inputs.loggingConfig.logGroup, logGroup.name);
    }
  });

  it("runs steps in published versions, never two migrations at once", () => {
    for (const name of ["gate", "migrate"]) {
      const { inputs } = stack.declared.get("lambda/function:Function", `${NAME}-${name}`);
      assert.equal(inputs.publish, true);
      assert.ok(inputs.timeout <= 900);
      assert.equal(inputs.reservedConcurrentExecutions, name === "migrate" ? 1 : undefined);
    }
    for (const { inputs } of stack.declared.of("lambda/invocation:Invocation"))
      assert.equal(inputs.qualifier, "1");
  });

  it("keeps its passwords and its token secret wherever they go", () => {
    const secrets = ["master", "application", "color-token"].map((name) => passwordOf(`${NAME}-${name}`));
    const isOpen = (value: Value): boolean => {
      if (value instanceof Secret) return false;
      if (typeof value === "string") return secrets.some((secret) => value.includes(secret));
      const inner = typeof value === "object" && value !== null ? Object.values(value as Properties) : [];
      return inner.some(isOpen);
    };
    const holders = stack.declared.resources.filter(({ raw }) =>
      contains(raw, (value) => typeof value === "string" && secrets.some((secret) => value.includes(secret))),
    );
    assert.ok(holders.length >= 6, "the passwords went nowhere: there is nothing to be seen here");
    assert.deepEqual(
      holders.filter(({ raw }) => isOpen(raw)).map(({ name }) => name),
      [],
    );
    for (const secret of secrets) assert.ok(!stack.written.includes(secret), "a secret was written in clear");
    const { idle } = stack.outputs as { idle: { headers: unknown } };
    assert.equal(idle.headers, "[secret]");
  });
});
