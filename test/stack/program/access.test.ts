import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { contains, type Properties, Secret, type Value } from "../../../engine/values/values";
import { passwordOf } from "../../support/paper-cloud";
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
    calls.sort();
    assert.deepEqual(calls, [
      [group("app"), group("database"), 5432, 5432],
      [group("edge-lb"), group("web"), 8080, 8080],
      [group("gate"), group("inner-lb"), 80, 80],
      [group("inner-lb"), group("app"), 8080, 8080],
      [group("migrate"), group("database"), 5432, 5432],
      [group("watch"), group("inner-lb"), 80, 80],
      [group("web"), group("inner-lb"), 80, 80],
    ]);
    const leaving = stack.declared.of("vpc/securityGroupEgressRule:SecurityGroupEgressRule");
    const inside = leaving.filter(({ inputs }) => inputs.referencedSecurityGroupId !== undefined);
    assert.deepEqual(
      inside
        .map(({ inputs }) => [
          inputs.securityGroupId,
          inputs.referencedSecurityGroupId,
          inputs.fromPort,
          inputs.toPort,
        ])
        .sort(),
      calls,
      "each admission has its counterpart",
    );
    const outside = leaving
      .filter((rule) => !inside.includes(rule))
      .map(({ inputs }) => [inputs.securityGroupId, inputs.cidrIpv4, inputs.ipProtocol, inputs.fromPort]);
    assert.deepEqual(
      outside.sort(),
      [
        ...["app", "migrate", "web"].map((name) => [group(name), "0.0.0.0/0", "tcp", 443]),
        ...["gate", "watch"].flatMap((name) =>
          [443, 80].map((port) => [group(name), "0.0.0.0/0", "tcp", port]),
        ),
      ].sort(),
    );
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
      (JSON.parse(inputs.policy).Statement as Statement[])
        .filter(({ Effect }) => Effect === "Allow")
        .map((statement) => {
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
        /^(elasticloadbalancing|autoscaling|cloudwatch):Describe|^logs:DescribeLogGroups$/.test(action),
      );
      // Neither have the actions of Session Manager, nor those for the network interfaces of a function.
      const isUnlimited = /-sessions$/.test(role) || actions.includes("ec2:CreateNetworkInterface");
      assert.ok(
        isRead || isUnlimited || condition !== undefined || !resources.includes("*"),
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
    assert.deepEqual(stack.declared.of("iam/rolePolicyAttachment:RolePolicyAttachment"), []);
  });

  it("access: the code of a function may not use the permissions for its network interfaces", () => {
    for (const name of ["gate", "migrate", "watch"]) {
      const policy = stack.declared.get("iam/rolePolicy:RolePolicy", `${NAME}-${name}-runtime`).inputs.policy;
      const [, allowed, denied] = JSON.parse(policy).Statement;
      assert.deepEqual([allowed.Effect, denied.Effect], ["Allow", "Deny"]);
      assert.deepEqual(denied.Action, allowed.Action);
      assert.match(
        denied.Condition.ArnLike["lambda:SourceFunctionArn"],
        /:lambda:.*:123456789012:function:\*$/,
      );
    }
  });

  it("access: a tier reads only its own artifacts", () => {
    for (const tier of ["web", "app"]) {
      const policies = stack.declared
        .of("iam/rolePolicy:RolePolicy")
        .filter(({ name }) => new RegExp(`^${NAME}-${tier}-(blue|green)`).test(name));
      assert.equal(policies.length, 2);
      for (const { inputs } of policies) {
        const [read] = JSON.parse(inputs.policy).Statement;
        assert.deepEqual(
          [read.Action, /:s3:::[\w-]+(\/\w+\/\*)$/.exec(read.Resource)?.[1]],
          ["s3:GetObject", `/${tier}/*`],
        );
      }
    }
  });

  it("access: the buckets reject unencrypted requests, and requests are logged for a year", () => {
    for (const name of ["artifacts", "access-logs"]) {
      const { policy } = stack.declared.get("s3/bucketPolicy:BucketPolicy", `${NAME}-${name}`).inputs;
      const denied = JSON.parse(policy).Statement.find(({ Effect }: Statement) => Effect === "Deny");
      assert.deepEqual(denied.Condition, { Bool: { "aws:SecureTransport": "false" } });
    }
    for (const balancer of ["edge", "inner"]) {
      const { accessLogs } = stack.declared.get("lb/loadBalancer:LoadBalancer", `${NAME}-${balancer}`).inputs;
      assert.deepEqual([accessLogs.enabled, accessLogs.prefix], [true, balancer]);
    }
    const [rule] = stack.declared.get(
      "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      `${NAME}-access-logs`,
    ).inputs.rules;
    assert.equal(rule.expiration.days, 365);
  });

  it("access: browsers are told to use HTTPS and to trust the content type", () => {
    const { inputs } = stack.declared.get("lb/listener:Listener", `${NAME}-edge-https`);
    assert.equal(inputs.routingHttpResponseStrictTransportSecurityHeaderValue, "max-age=31536000");
    assert.equal(inputs.routingHttpResponseXContentTypeOptionsHeaderValue, "nosniff");
  });

  it("access: the S3 endpoint accepts writes of principals of this account only", () => {
    const { policy } = stack.declared.get("ec2/vpcEndpoint:VpcEndpoint", `${NAME}-s3`).inputs;
    const [own, others] = JSON.parse(policy).Statement;
    assert.deepEqual(own.Condition, { StringEquals: { "aws:PrincipalAccount": "123456789012" } });
    assert.equal(others.Action, "s3:GetObject");
  });

  it("access: only this account's flow logs may use the role of the flow log", () => {
    const { assumeRolePolicy } = stack.declared.get("iam/role:Role", `${NAME}-flow`).inputs;
    const [statement] = JSON.parse(assumeRolePolicy).Statement;
    assert.deepEqual(statement.Condition, { StringEquals: { "aws:SourceAccount": "123456789012" } });
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
