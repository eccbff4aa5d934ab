import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { devUpdates, type Production, production } from "./stacks";

const NAME = "records-prod-1";
const TIERS = ["web", "app"];
const COLORS = ["blue", "green"];

/** The environment of the service, from the user data. */
function environmentOf(userData: string): Record<string, string> {
  const text = Buffer.from(userData, "base64").toString("utf8");
  const files = [...text.matchAll(/^ {2}- (\{"path".*\})$/gm)].map(([, json]) => JSON.parse(json ?? ""));
  const { content } = files.find(({ path }) => path.endsWith("/environment"));
  return Object.fromEntries(
    [...content.matchAll(/^(\w+)="(.*)"$/gm)].map(([, key, value]: string[]) => [key, value]),
  );
}

describe("instances of a stack", () => {
  let stack: Production;
  before(async function () {
    this.timeout(180_000);
    stack = await production();
  });
  const template = (group: string) =>
    stack.declared.get(
      "ec2/launchTemplate:LaunchTemplate",
      `${NAME}-${group}-${group.endsWith("blue") ? "1.0.0" : "1.1.0"}`,
    ).inputs;
  const groupOf = (group: string) => stack.declared.get("autoscaling/group:Group", `${NAME}-${group}`).inputs;
  const groups = TIERS.flatMap((tier) => COLORS.map((color) => `${tier}-${color}`));

  it("instances: user data has tier, color and version, and the URL of the internal load balancer", () => {
    for (const [color, version] of [
      ["blue", "1.0.0"],
      ["green", "1.1.0"],
    ]) {
      const web = environmentOf(template(`web-${color}`).userData);
      assert.deepEqual([web.TIER, web.COLOR, web.VERSION, web.PORT], ["web", color, version, "8080"]);
      // Web instances call the application tier of their own color through the internal load balancer.
      assert.equal(web.APP_URL, `http://${NAME}-inner.elb.example`);
      assert.ok(!Object.keys(web).some((key) => key.startsWith("DATABASE")));
      const app = environmentOf(template(`app-${color}`).userData);
      assert.deepEqual([app.TIER, app.COLOR, app.VERSION], ["app", color, version]);
      assert.deepEqual([app.DATABASE_HOST, app.DATABASE_PORT], [`${NAME}.rds.example`, "5432"]);
      assert.match(app.DATABASE_SECRET_ARN ?? "", new RegExp(`-${color}-login$`));
      assert.equal(app.DATABASE_TLS, "verify");
      assert.equal(app.APP_URL, undefined);
    }
  });

  it("instances: drain and idle timeout are those of the load balancer", () => {
    for (const group of groups) {
      const target = stack.declared.get("lb/targetGroup:TargetGroup", `${NAME}-${group}`).inputs;
      const environment = environmentOf(template(group).userData);
      assert.equal(Number(environment.DRAIN_SECONDS), target.deregistrationDelay);
      const balancer = group.startsWith("web") ? "edge" : "inner";
      const { idleTimeout } = stack.declared.get(
        "lb/loadBalancer:LoadBalancer",
        `${NAME}-${balancer}`,
      ).inputs;
      assert.equal(Number(environment.IDLE_TIMEOUT_SECONDS), idleTimeout);
    }
  });

  it("instances: health checks use the service's port and /healthz", () => {
    for (const group of groups) {
      const { healthCheck, port, protocol, targetType } = stack.declared.get(
        "lb/targetGroup:TargetGroup",
        `${NAME}-${group}`,
      ).inputs;
      assert.deepEqual([port, protocol, targetType], [8080, "HTTP", "instance"]);
      assert.deepEqual(
        [healthCheck.path, healthCheck.matcher, healthCheck.port],
        ["/healthz", "200", "traffic-port"],
      );
      assert.ok(healthCheck.timeout < healthCheck.interval);
    }
  });

  it("instances: encrypted disks, IMDSv2, no SSH key, an arm64 image and type", () => {
    for (const group of groups) {
      const { metadataOptions, blockDeviceMappings, keyName, imageId, instanceType } = template(group);
      assert.deepEqual(
        [metadataOptions.httpTokens, metadataOptions.httpPutResponseHopLimit],
        ["required", 1],
      );
      for (const { ebs } of blockDeviceMappings) assert.equal(ebs.encrypted, "true");
      assert.equal(keyName, undefined);
      assert.match(imageId, /^ami-[0-9a-f]+$/);
      assert.match(instanceType, /^t4g\./);
    }
  });

  it("instances: no secret in user data or in a function's environment", () => {
    const { declared } = stack;
    const open = [
      ...declared
        .of("ec2/launchTemplate:LaunchTemplate")
        .map(({ inputs }) => Buffer.from(inputs.userData, "base64").toString("utf8")),
      ...declared.of("lambda/function:Function").map(({ inputs }) => JSON.stringify(inputs.environment)),
    ];
    assert.equal(open.length, 7);
    for (const text of open) assert.doesNotMatch(text, /hidden|password|token/i);
  });

  it("instances: in their color's target group, in private subnets, between minInstances and maxInstances", () => {
    for (const group of groups) {
      const { targetGroupArns, vpcZoneIdentifiers, minSize, maxSize, minElbCapacity, desiredCapacity } =
        groupOf(group);
      assert.deepEqual(targetGroupArns.length, 1);
      assert.match(targetGroupArns[0], new RegExp(`targetgroup/${NAME}-${group}$`));
      assert.deepEqual(
        vpcZoneIdentifiers,
        [1, 2, 3].map((zone) => `Subnet:${NAME}-private-${zone}`),
      );
      const [min, max] = group.startsWith("web") ? [3, 9] : [2, 6];
      assert.deepEqual([minSize, maxSize, minElbCapacity], [min, max, min]);
      // Autoscaling decides about the number in between.
      assert.equal(desiredCapacity, undefined);
    }
  });

  it("instances: unhealthy ones are replaced only while enough others are healthy", () => {
    for (const group of groups) {
      const { healthCheckType, healthCheckGracePeriod, instanceMaintenancePolicy } = groupOf(group);
      assert.equal(healthCheckType, "ELB");
      assert.ok(healthCheckGracePeriod >= 300);
      assert.equal(instanceMaintenancePolicy.minHealthyPercentage, 100);
      assert.ok(instanceMaintenancePolicy.maxHealthyPercentage > 100);
    }
  });

  it("instances: tags name stack, tier, color and version", async function () {
    this.timeout(180_000);
    const { first } = await devUpdates();
    const { tagSpecifications } = first.declared.get(
      "ec2/launchTemplate:LaunchTemplate",
      "dev-web-blue-1.0.0",
    ).inputs;
    for (const { tags } of tagSpecifications) {
      assert.deepEqual(tags, {
        Name: "dev-web-blue",
        "changeover:stack": "dev",
        "changeover:tier": "web",
        "changeover:color": "blue",
        "changeover:version": "1.0.0",
      });
    }
  });
});
