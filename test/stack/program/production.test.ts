import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { awsServices, randomServices } from "../../../simulator/services";
import { type Declared, label } from "../../support/declared";
import { AUTO_NAME_SUFFIX } from "../../support/paper-cloud";
import { declare } from "../../support/stack";
import { devUpdates, type Production, production } from "./stacks";

const NAME = "records-prod-1";

describe("a production stack", () => {
  let stack: Production;
  before(async function () {
    this.timeout(180_000);
    stack = await production();
  });
  const inputsOf = (type: string, name: string) => stack.declared.get(type, name).inputs;

  it("production: a preview without a cloud declares the same resources; none is created inside an apply", () => {
    const made = stack.declared.names.filter((name) => !name.startsWith("pulumi:"));
    const previewed = stack.previewed.names.filter((name) => !name.startsWith("pulumi:"));
    assert.deepEqual(previewed, made);
  });

  it("production: the simulator supports every resource type", () => {
    const supported = [...awsServices, ...randomServices].flatMap(({ resources = {} }) =>
      Object.keys(resources),
    );
    const types = stack.declared.resources.filter(({ custom }) => custom).map(({ type }) => type);
    const missing = types.filter((type) => !type.startsWith("pulumi:") && !supported.includes(type));
    assert.deepEqual(missing, []);
  });

  it("production: HTTPS with a validated certificate, HTTP redirected to it", () => {
    const https = inputsOf("lb/listener:Listener", `${NAME}-edge-https`);
    assert.deepEqual([https.port, https.protocol], [443, "HTTPS"]);
    assert.equal(https.sslPolicy, "ELBSecurityPolicy-TLS13-1-2-2021-06");
    const listener = stack.declared.get("lb/listener:Listener", `${NAME}-edge-https`);
    const certificate = stack.declared.get("acm/certificate:Certificate", `${NAME}-edge`);
    const validation = stack.declared.get(
      "acm/certificateValidation:CertificateValidation",
      `${NAME}-edge-validation`,
    );
    const proof = stack.declared.get("route53/record:Record", `${NAME}-edge-validation`);
    stack.declared.assertChain(certificate, proof, validation, listener);
    assert.deepEqual(
      [proof.inputs.zoneId, proof.inputs.name, proof.inputs.type],
      ["Z0123456789ABC", "_proof.records.example.com.", "CNAME"],
    );
    const plain = inputsOf("lb/listener:Listener", `${NAME}-edge-http`);
    assert.equal(plain.port, 80);
    assert.deepEqual(plain.defaultActions, [
      { type: "redirect", redirect: { port: "443", protocol: "HTTPS", statusCode: "HTTP_301" } },
    ]);
  });

  it("production: the domain name is an alias of the public load balancer", () => {
    const alias = inputsOf("route53/record:Record", `${NAME}-edge-alias`);
    assert.deepEqual([alias.name, alias.type, alias.zoneId], ["records.example.com", "A", "Z0123456789ABC"]);
    assert.equal(alias.aliases[0].name, `${NAME}-edge.elb.example`);
    assert.equal(stack.outputs.url, "https://records.example.com");
  });

  it("production: 503 where no rule matches", () => {
    for (const name of [`${NAME}-edge-https`, `${NAME}-inner-http`]) {
      const [action, ...more] = inputsOf("lb/listener:Listener", name).defaultActions;
      assert.deepEqual([action.type, action.fixedResponse.statusCode, more], ["fixed-response", "503", []]);
    }
  });

  it("production: three zones, each with a NAT gateway", () => {
    const { declared } = stack;
    const zonesOf = (kind: string) =>
      declared
        .of("ec2/subnet:Subnet")
        .filter(({ name }) => name.includes(`-${kind}-`))
        .map(({ inputs }) => inputs.availabilityZone);
    for (const kind of ["public", "private", "database"]) {
      assert.deepEqual(zonesOf(kind), ["eu-central-1a", "eu-central-1b", "eu-central-1c"]);
    }
    const natGateways = declared
      .of("ec2/route:Route")
      .map(({ inputs }) => inputs.natGatewayId)
      .filter(Boolean);
    assert.equal(new Set(natGateways).size, 3);
    const tables = declared.of("ec2/route:Route").map(({ inputs }) => inputs.routeTableId);
    assert.ok(
      !tables.includes(`RouteTable:${NAME}-database`),
      "the database's subnets have a route to the internet",
    );
  });

  it("production: the database has a standby in another zone, and backups", () => {
    const { multiAz, backupRetentionPeriod, instanceClass, dbSubnetGroupName } = inputsOf(
      "rds/instance:Instance",
      NAME,
    );
    assert.deepEqual([multiAz, backupRetentionPeriod, instanceClass], [true, 35, "db.r8g.large"]);
    assert.equal(dbSubnetGroupName, NAME + AUTO_NAME_SUFFIX);
    const subnets = inputsOf("rds/subnetGroup:SubnetGroup", NAME).subnetIds;
    assert.deepEqual(
      subnets,
      [1, 2, 3].map((zone) => `Subnet:${NAME}-database-${zone}`),
    );
  });

  it("production: AWS upgrades the database's minor version only where the stack is not protected or allows it", async () => {
    const instance = (found: Declared, name: string) => found.get("rds/instance:Instance", name).inputs;
    assert.equal(inputsOf("rds/instance:Instance", NAME).autoMinorVersionUpgrade, false);
    const [trial, allowed] = await Promise.all([
      declare({ protect: false }),
      declare({
        database: {
          autoMinorVersionUpgrade: true,
          maintenanceWindow: "sun:03:00-sun:04:00",
          backupWindow: "01:00-02:00",
        },
      }),
    ]);
    assert.equal(instance(trial.declared, "dev").autoMinorVersionUpgrade, true);
    const { autoMinorVersionUpgrade, maintenanceWindow, backupWindow } = instance(allowed.declared, "dev");
    assert.deepEqual(
      [autoMinorVersionUpgrade, maintenanceWindow, backupWindow],
      [true, "sun:03:00-sun:04:00", "01:00-02:00"],
    );
  });

  it("production: data and the path of the traffic are protected, nothing else", () => {
    const protectedResources = stack.declared.resources.filter(({ protect }) => protect).map(label);
    const tiers = ["app-blue", "app-green", "web-blue", "web-green"];
    assert.deepEqual(
      protectedResources.sort(),
      [
        ...tiers.map((tier) => `lb/listenerRule:ListenerRule ${NAME}-${tier}`),
        ...tiers.map((tier) => `lb/targetGroup:TargetGroup ${NAME}-${tier}`),
        ...["edge-http", "edge-https", "inner-http"].map((name) => `lb/listener:Listener ${NAME}-${name}`),
        ...["edge", "inner"].map((name) => `lb/loadBalancer:LoadBalancer ${NAME}-${name}`),
        ...["application", "master", "blue-login", "green-login"].map(
          (name) => `secretsmanager/secret:Secret ${NAME}-${name}`,
        ),
        `lb/listenerRule:ListenerRule ${NAME}-edge-production`,
        `rds/instance:Instance ${NAME}`,
        `s3/bucket:Bucket ${NAME}-access-logs`,
        `s3/bucket:Bucket ${NAME}-artifacts`,
      ].sort(),
    );
  });

  it("production: pulumi destroy changes nothing", () => {
    assert.match(stack.destroyError.message, /Nothing was deleted/);
    assert.deepEqual(stack.changesByDestroy, []);
  });

  it("production: AWS's own deletion protection is on", () => {
    for (const name of ["edge", "inner"]) {
      assert.equal(
        inputsOf("lb/loadBalancer:LoadBalancer", `${NAME}-${name}`).enableDeletionProtection,
        true,
      );
    }
    const database = inputsOf("rds/instance:Instance", NAME);
    assert.deepEqual([database.deletionProtection, database.skipFinalSnapshot], [true, false]);
    assert.match(database.finalSnapshotIdentifier, /^records-prod-1-database-final-[0-9a-f]{8}$/);
    assert.equal(inputsOf("s3/bucket:Bucket", `${NAME}-artifacts`).forceDestroy, false);
    assert.equal(inputsOf("secretsmanager/secret:Secret", `${NAME}-master`).recoveryWindowInDays, 30);
  });

  it("production: a trial stack is not protected", async function () {
    this.timeout(180_000);
    const { first } = await devUpdates();
    assert.deepEqual(
      first.declared.resources.filter(({ protect }) => protect),
      [],
    );
    const { inputs } = first.declared.get("rds/instance:Instance", "dev");
    assert.deepEqual([inputs.deletionProtection, inputs.skipFinalSnapshot], [false, true]);
    for (const { inputs } of first.declared.of("lb/loadBalancer:LoadBalancer")) {
      assert.equal(inputs.enableDeletionProtection, false);
    }
    // New accounts have too few concurrent executions to reserve one.
    const migrate = first.declared.get("lambda/function:Function", "dev-migrate").inputs;
    assert.equal(migrate.reservedConcurrentExecutions, undefined);
  });

  it("production: names within AWS's limits, also for the longest name of a stack", () => {
    const bounded = [
      ...stack.declared.of("lb/loadBalancer:LoadBalancer"),
      ...stack.declared.of("lb/targetGroup:TargetGroup"),
    ];
    for (const { inputs } of bounded) {
      assert.ok(inputs.name.length <= 32, `${inputs.name} has ${inputs.name.length} characters`);
      assert.match(inputs.name, /^[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]$/);
    }
    assert.equal(bounded.length, 6);
    for (const { inputs } of stack.declared.of("iam/role:Role")) assert.ok(inputs.name.length <= 64);
    for (const { inputs } of stack.declared.of("s3/bucket:Bucket"))
      assert.match(inputs.bucket, /^[a-z0-9-]{3,63}$/);
  });

  it("production: no name is shared with another stack of the account", () => {
    const alarmName = stack.declared.of("cloudwatch/compositeAlarm:CompositeAlarm")[0]?.inputs.alarmName;
    const dashboardName = stack.declared.of("cloudwatch/dashboard:Dashboard")[0]?.inputs.dashboardName;
    // Pulumi cannot name these two, and CloudWatch overwrites one of the same name silently.
    for (const name of [alarmName, dashboardName]) assert.match(name, /-[0-9a-f]{8}$/);
    assert.deepEqual([stack.outputs.releaseAlarm, stack.outputs.dashboard], [alarmName, dashboardName]);
  });

  it("production: alarms for each color of each tier and for rejected connections, in one that notifies", () => {
    const [composite] = stack.declared.of("cloudwatch/compositeAlarm:CompositeAlarm");
    assert.deepEqual(composite?.inputs.alarmActions, ["arn:aws:sns:eu-central-1:123456789012:oncall"]);
    const alarms = stack.declared.of("cloudwatch/metricAlarm:MetricAlarm");
    const watched = ["web-blue", "web-green", "app-blue", "app-green"].flatMap((group) =>
      ["errors", "slow", "unhealthy"].map((kind) => `${NAME}-${group}-${kind}`),
    );
    const expected = [...watched, `${NAME}-web-refused`, `${NAME}-app-refused`];
    const ofTiers = alarms.filter(({ inputs }) => inputs.namespace !== "AWS/RDS");
    assert.deepEqual(ofTiers.map(({ name }) => name).sort(), expected.sort());
    for (const { inputs } of ofTiers)
      assert.ok(composite?.inputs.alarmRule.includes(`ALARM("${inputs.name}")`));
    const dimensions = inputsOf("cloudwatch/metricAlarm:MetricAlarm", `${NAME}-web-green-slow`).dimensions;
    assert.deepEqual(dimensions, {
      LoadBalancer: `app/${NAME}-edge`,
      TargetGroup: `targetgroup/${NAME}-web-green`,
    });
  });

  it("production: alarms for the database's CPU, connections, storage and replication, each of which notifies", () => {
    const alarms = stack.declared
      .of("cloudwatch/metricAlarm:MetricAlarm")
      .filter(({ inputs }) => inputs.namespace === "AWS/RDS");
    assert.deepEqual(alarms.map(({ name, inputs }) => [name, inputs.metricName, inputs.threshold]).sort(), [
      // db.r8g.large has 16 GiB, for which RDS allows about 1,600 connections.
      [`${NAME}-database-connections`, "DatabaseConnections", 1297],
      [`${NAME}-database-cpu`, "CPUUtilization", 90],
      [`${NAME}-database-replication`, "OldestReplicationSlotLag", 2 ** 30],
      [`${NAME}-database-storage`, "FreeStorageSpace", 2 ** 30],
    ]);
    for (const { inputs } of alarms) {
      assert.deepEqual(inputs.alarmActions, ["arn:aws:sns:eu-central-1:123456789012:oncall"]);
      assert.match(inputs.dimensions.DBInstanceIdentifier, new RegExp(`^${NAME}`));
    }
  });

  it("production: alarms need no instances, so that a gate check can consult them", () => {
    const [instances] = stack.declared.of("autoscaling/group:Group");
    assert.ok(instances);
    for (const alarm of stack.declared.of("cloudwatch/metricAlarm:MetricAlarm"))
      assert.throws(() => stack.declared.assertChain(instances, alarm));
  });

  it("production: thresholds are settings, and the alarm for no requests is off by default", async () => {
    const thresholds = {
      errorPercent: 2,
      slowMs: 800,
      slowPercentile: 90,
      noRequestsMinutes: 5,
      databaseCpuPercent: 70,
      databaseConnections: 100,
      databaseFreeStorageGib: 4,
      databaseReplicationLagMib: 10,
    };
    const { declared } = await declare({ thresholds });
    const alarm = (name: string) => declared.get("cloudwatch/metricAlarm:MetricAlarm", `dev-${name}`).inputs;
    assert.deepEqual([alarm("web-blue-errors").threshold, alarm("app-refused").threshold], [2, 2]);
    const { threshold, extendedStatistic } = alarm("app-green-slow");
    assert.deepEqual([threshold, extendedStatistic], [0.8, "p90"]);
    const silent = alarm("web-silent");
    assert.deepEqual(
      [silent.evaluationPeriods, silent.treatMissingData, silent.dimensions],
      [5, "breaching", { LoadBalancer: "app/dev-edge" }],
    );
    assert.deepEqual(
      ["cpu", "connections", "storage", "replication"].map((kind) => alarm(`database-${kind}`).threshold),
      [70, 100, 4 * 2 ** 30, 10 * 2 ** 20],
    );
    const [composite] = declared.of("cloudwatch/compositeAlarm:CompositeAlarm");
    assert.match(composite?.inputs.alarmRule, /dev-app-silent/);
  });

  it("production: the dashboard has every color in every chart", () => {
    const [dashboard] = stack.declared.of("cloudwatch/dashboard:Dashboard");
    const { widgets } = JSON.parse(dashboard?.inputs.dashboardBody);
    assert.equal(widgets.length, 4);
    for (const { properties } of widgets) {
      assert.equal(properties.region, "eu-central-1");
      const labels = properties.metrics.map((metric: { label?: string }[]) => metric.at(-1)?.label);
      assert.deepEqual(labels, ["web blue", "web green", "app blue", "app green"]);
    }
  });
});
