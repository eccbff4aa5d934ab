import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { type Config, declare } from "../support/stack";
import { ROOT, section } from "./markdown";

const RUNBOOK = join("docs", "runbook.md");
const STACK: Config = { live: "blue", blueVersion: "1.0.0", greenVersion: "1.1.0", allowPlainHttp: true };

/** Another value for each setting that a running stack may change without a release. */
const OTHERS: Config = {
  protect: false,
  stickySeconds: 60,
  gateTimeoutSeconds: 60,
  maxMigrationInvocations: 8,
  alarmTopicArn: "arn:aws:sns:eu-central-1:123456789012:oncall",
  allowPlainHttp: false,
  domainName: "records.example.com",
  hostedZoneId: "Z0123456789ABC",
  web: { minInstances: 3, maxInstances: 9, targetCpuPercent: 60 },
  app: { minInstances: 3, maxInstances: 9, targetCpuPercent: 60 },
  network: { natGateways: "one" },
  database: {
    instanceClass: "db.r8g.large",
    storageGib: 50,
    multiAz: false,
    backupRetentionDays: 3,
    maintenanceWindow: "sun:03:00-sun:04:00",
    backupWindow: "01:00-02:00",
    autoMinorVersionUpgrade: false,
  },
  thresholds: {
    errorPercent: 2,
    slowMs: 800,
    slowPercentile: 90,
    noRequestsMinutes: 5,
    databaseCpuPercent: 70,
    databaseConnections: 100,
    databaseFreeStorageGib: 4,
    databaseReplicationLagMib: 10,
  },
};

/** Another value for each setting that waits for the next deployment according to the runbook, with its tiers. */
const DEPLOYED: Readonly<Record<string, { readonly config: Config; readonly tiers: readonly string[] }>> = {
  "web.instanceType": { config: { web: { instanceType: "m7g.large" } }, tiers: ["web"] },
  "web.imageId": { config: { web: { imageId: "ami-0abc" } }, tiers: ["web"] },
  "app.instanceType": { config: { app: { instanceType: "m7g.large" } }, tiers: ["app"] },
  "app.imageId": { config: { app: { imageId: "ami-0abc" } }, tiers: ["app"] },
  drainSeconds: { config: { drainSeconds: 60 }, tiers: ["app", "web"] },
  idleTimeoutSeconds: { config: { idleTimeoutSeconds: 90 }, tiers: ["app", "web"] },
  "database.requireTls": { config: { database: { requireTls: false } }, tiers: ["app"] },
};

async function templates(config: Config): Promise<Map<string, string>> {
  const { declared } = await declare(config, { stack: "docs" });
  const found = declared.of("ec2/launchTemplate:LaunchTemplate");
  return new Map(found.map(({ name, inputs }) => [name, JSON.stringify(inputs)]));
}

describe("runbook, instances", function () {
  this.timeout(240_000); // Each evaluation of the program takes a second or more.

  it("runbook: names every setting that waits for the next deployment, and no other", async () => {
    const { text } = section(RUNBOOK, "Change the instances");
    const sentence = text.slice(0, text.indexOf("are part of launch"));
    const named = [...sentence.matchAll(/`([\w.]+)`/g)].map((match) => match[1]);
    assert.deepEqual(named, Object.keys(DEPLOYED));

    const before = await templates(STACK);
    const changed = async (config: Config) => {
      const after = await templates({ ...STACK, ...config });
      return [...before].filter(([name, inputs]) => after.get(name) !== inputs).map(([name]) => name);
    };
    assert.deepEqual(await changed(OTHERS), []);
    for (const [key, { config, tiers }] of Object.entries(DEPLOYED)) {
      const colors = tiers.flatMap((tier) => [`docs-${tier}-blue-1.0.0`, `docs-${tier}-green-1.1.0`]);
      assert.deepEqual((await changed(config)).sort(), colors.sort(), key);
    }
  });

  it("runbook: shows a transform that applies a new major version of the database at once", async () => {
    const { text } = section(RUNBOOK, "Change the database instance");
    const example = /^```ts\n([\s\S]*?)^```$/m.exec(text)?.[1] ?? "";
    const directory = mkdtempSync(join(tmpdir(), "changeover-docs-"));
    try {
      symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
      writeFileSync(join(directory, "Pulumi.yaml"), "name: docs\nruntime: nodejs\nmain: index.ts\n");
      writeFileSync(
        join(directory, "index.ts"),
        `import { Database } from ${JSON.stringify(join(ROOT, "components"))};\n${example}
const args = { vpcId: "vpc-0123456789abcdef0", subnetIds: ["subnet-0a", "subnet-0b"] };
new Database("shop", { ...args, engineMajorVersion: "19" }, { transforms: [atOnce] });\n`,
      );
      const { declared } = await declare({}, { directory, project: "docs" });
      const { inputs } = declared.get("rds/instance:Instance", "shop");
      assert.equal(inputs.allowMajorVersionUpgrade, true);
      assert.equal(inputs.applyImmediately, true);
      assert.equal(inputs.engineVersion, "19");
      assert.equal(declared.get("rds/parameterGroup:ParameterGroup", "shop").inputs.family, "postgres19");
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
