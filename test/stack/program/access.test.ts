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
  readonly Condition?: object;
}

describe("access in a stack", () => {
  let stack: Production;
  before(async function () {
    this.timeout(180_000);
    stack = await production();
  });

  it("access: only ports 80 and 443 of the public load balancer are open to the internet", () => {
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

  it("access: each caller is admitted on one port, to the database only instances and migrations", () => {
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
      [group("watch"), group("inner-lb"), 80, 80],
      [group("web"), group("inner-lb"), 80, 80],
    ]);
    const leaving = stack.declared
      .of("vpc/securityGroupEgressRule:SecurityGroupEgressRule")
      .map(({ inputs }) => inputs.securityGroupId);
    assert.ok(!leaving.includes(group("database")), "the database has an egress rule");
  });

  it("access: the database is private, encrypted on disk and in transit", () => {
    const { publiclyAccessible, storageEncrypted, vpcSecurityGroupIds, parameterGroupName } =
      stack.declared.get("rds/instance:Instance", NAME).inputs;
    assert.deepEqual([publiclyAccessible, storageEncrypted], [false, true]);
    assert.deepEqual(vpcSecurityGroupIds, [group("database")]);
    const parameters = stack.declared.get("rds/parameterGroup:ParameterGroup", NAME).inputs;
    assert.equal(parameterGroupName, parameters.name);
    assert.deepEqual(parameters.parameters, [{ name: "rds.force_ssl", value: "1" }]);
  });

  it("access: the edge load balancer is public, the inner one internal", () => {
    const edge = stack.declared.get("lb/loadBalancer:LoadBalancer", `${NAME}-edge`).inputs;
    const inner = stack.declared.get("lb/loadBalancer:LoadBalancer", `${NAME}-inner`).inputs;
    assert.deepEqual([edge.internal, inner.internal], [false, true]);
    assert.ok(edge.subnets.every((id: string) => id.includes("-public-")));
    assert.ok(inner.subnets.every((id: string) => id.includes("-private-")));
  });

  it("access: the artifact bucket is private and versioned", () => {
    const { bucket: _bucket, ...blocks } = stack.declared.get(
      "s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      `${NAME}-artifacts`,
    ).inputs;
    assert.ok(Object.values(blocks).length === 4 && Object.values(blocks).every(Boolean));
    const versioning = stack.declared.get("s3/bucketVersioning:BucketVersioning", `${NAME}-artifacts`).inputs;
    assert.equal(versioning.versioningConfiguration.status, "Enabled");
  });

  it("access: each role has the permissions that it needs, on named resources", () => {
    const granted = stack.declared.of("iam/rolePolicy:RolePolicy").flatMap(({ name, inputs }) =>
      (JSON.parse(inputs.policy).Statement as Statement[]).map((statement) => {
        assert.equal(statement.Effect, "Allow");
        return [
          name.replace(`${NAME}-`, ""),
          [statement.Action].flat(),
          [statement.Resource].flat(),
          statement.Condition,
        ] as const;
      }),
    );
    for (const [role, actions, resources, condition] of granted) {
      assert.ok(
        actions.every((action) => /^[a-z0-9]+:[A-Za-z]+$/.test(action)),
        `${role} may ${actions.join(", ")}`,
      );
      // AWS has no resource-level permissions for these reads. Any other action on all resources has a condition.
      const isRead = actions.every((action) =>
        /^(elasticloadbalancing|autoscaling|cloudwatch):Describe/.test(action),
      );
      assert.ok(
        isRead || condition !== undefined || !resources.includes("*"),
        `${role} may ${actions.join(", ")} everywhere`,
      );
    }
    const mayRead = (role: string) =>
      granted
        .filter(([of, actions]) => of === role && actions.includes("secretsmanager:GetSecretValue"))
        .flatMap(([, , resources]) =>
          resources.map((arn) => arn.replace(/^.*:[\w-]*?-(?=(\w+-login|\w+)$)/, "")),
        );
    for (const [color, version] of [
      ["blue", "1.0.0"],
      ["green", "1.1.0"],
    ]) {
      assert.deepEqual(mayRead(`web-${color}-${version}`), []);
      assert.deepEqual(mayRead(`app-${color}-${version}`), [`${color}-login`]);
    }
    assert.deepEqual(mayRead("migrate").sort(), ["application", "blue-login", "green-login", "master"]);
    assert.deepEqual(mayRead("gate"), []);
    const attached = stack.declared
      .of("iam/rolePolicyAttachment:RolePolicyAttachment")
      .map(({ inputs }) => inputs.policyArn);
    assert.deepEqual([...new Set(attached)].sort(), [
      `arn:${PARTITION}:iam::aws:policy/AmazonSSMManagedInstanceCore`,
      `arn:${PARTITION}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole`,
    ]);
  });

  it("access: every log group has a retention", () => {
    const kept = stack.declared.of("cloudwatch/logGroup:LogGroup");
    assert.deepEqual(kept.map(({ name }) => name.replace(`${NAME}-`, "")).sort(), [
      "flow",
      "gate",
      "migrate",
      "watch",
    ]);
    for (const { inputs } of kept) assert.ok(inputs.retentionInDays > 0);
    for (const { name, inputs } of stack.declared.of("lambda/function:Function")) {
      const { inputs: logGroup } = stack.declared.get("cloudwatch/logGroup:LogGroup", name);
      assert.equal(inputs.loggingConfig.logGroup, logGroup.name);
    }
  });

  it("access: steps invoke published versions, and migrations have a concurrency of 1", () => {
    for (const name of ["gate", "migrate", "watch"]) {
      const { inputs } = stack.declared.get("lambda/function:Function", `${NAME}-${name}`);
      assert.equal(inputs.publish, true);
      assert.ok(inputs.timeout <= 900);
      assert.equal(inputs.reservedConcurrentExecutions, name === "migrate" ? 1 : undefined);
    }
    for (const { inputs } of stack.declared.of("lambda/invocation:Invocation"))
      assert.equal(inputs.qualifier, "1");
  });

  it("access: passwords and the token are secret wherever they are used", () => {
    const secrets = ["master", "blue-login", "green-login", "color-token"].map((name) =>
      passwordOf(`${NAME}-${name}`),
    );
    const isOpen = (value: Value): boolean => {
      if (value instanceof Secret) return false;
      if (typeof value === "string") return secrets.some((secret) => value.includes(secret));
      const inner = typeof value === "object" && value !== null ? Object.values(value as Properties) : [];
      return inner.some(isOpen);
    };
    const holders = stack.declared.resources.filter(({ raw }) =>
      contains(raw, (value) => typeof value === "string" && secrets.some((secret) => value.includes(secret))),
    );
    assert.ok(holders.length >= 6, "no resource has the passwords: the test shows nothing");
    assert.deepEqual(
      holders.filter(({ raw }) => isOpen(raw)).map(({ name }) => name),
      [],
    );
    for (const secret of secrets)
      assert.ok(!stack.written.includes(secret), "a secret was written in plain text");
    const { idle } = stack.outputs as { idle: { headers: unknown } };
    assert.equal(idle.headers, "[secret]");
  });
});
