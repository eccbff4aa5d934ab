import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseSettings } from "../../../stack/settings/parse-settings";
import { bakeMinutesOf } from "../../../stack/settings/settings";
import { MINIMAL, settingsIssues } from "./support";

const parse = (changes: Readonly<Record<string, string>>, stack = "dev") =>
  parseSettings({ ...MINIMAL, ...changes }, stack);

/** The parts of a value that a pattern has. */
function pick(value: unknown, pattern: unknown): unknown {
  if (typeof value !== "object" || value === null || typeof pattern !== "object" || pattern === null)
    return value;
  return Object.fromEntries(
    Object.entries(pattern).map(([key, part]) => [key, pick((value as Record<string, unknown>)[key], part)]),
  );
}

describe("settings", () => {
  it("have a default except for the live color, its version and HTTPS", () => {
    const defaults = {
      live: "blue",
      blueVersion: "1.0.0",
      greenVersion: undefined,
      canaryPercent: 0,
      idle: "warm",
      maxMigrationInvocations: 4,
      contractThrough: undefined,
      name: "dev",
      protect: true,
      stickySeconds: 300,
      drainSeconds: 300,
      idleTimeoutSeconds: 60,
      gateTimeoutSeconds: 300,
      alarmTopicArn: undefined,
      domainName: undefined,
      hostedZoneId: undefined,
      certificateArn: undefined,
      allowPlainHttp: true,
      web: { instanceType: "t4g.small", minInstances: 2, maxInstances: 6, targetCpuPercent: 50 },
      app: { instanceType: "t4g.small", minInstances: 2, maxInstances: 6, targetCpuPercent: 50 },
      network: {
        cidr: undefined,
        zoneCount: undefined,
        natGateways: undefined,
        vpcId: undefined,
        publicSubnetIds: undefined,
        privateSubnetIds: undefined,
        databaseSubnetIds: undefined,
      },
      database: {
        instanceClass: "db.t4g.medium",
        storageGib: 20,
        multiAz: true,
        backupRetentionDays: 14,
        maintenanceWindow: undefined,
        backupWindow: undefined,
        autoMinorVersionUpgrade: undefined,
        requireTls: true,
      },
      thresholds: {
        errorPercent: 1,
        slowMs: 1000,
        slowPercentile: 95,
        noRequestsMinutes: 0,
        databaseCpuPercent: 90,
        databaseConnections: undefined,
        databaseFreeStorageGib: 1,
        databaseReplicationLagMib: 1024,
      },
    };
    assert.deepEqual(pick(parse({}), defaults), defaults);
  });

  it("are read as text, as `pulumi config set` stores them, or typed inside objects", () => {
    const typed = parse({ web: '{"minInstances": 3}', database: '{"multiAz": false, "storageGib": 100}' });
    const textual = parse({
      web: '{"minInstances": "3"}',
      database: '{"multiAz": "false", "storageGib": "100"}',
    });
    assert.equal(typed.web.minInstances, 3);
    assert.equal(typed.database.multiAz, false);
    assert.deepEqual(textual, typed);
    assert.equal(parse({ protect: "false" }).protect, false);
    assert.equal(parse({ drainSeconds: "0" }).drainSeconds, 0);
  });

  it("have their default when the value is empty", () => {
    assert.deepEqual(
      parse({ canaryPercent: "", greenVersion: "", web: "", network: '{"cidr": ""}' }),
      parse({}),
    );
  });

  it("have the stack's name as the default of name", () => {
    assert.equal(parse({}, "prod").name, "prod");
    assert.equal(parse({ name: "records" }, "a-stack-with-a-long-name").name, "records");
  });

  it("accept a domain with a zone or a certificate, and an existing VPC", () => {
    const https = { allowPlainHttp: "false", domainName: "records.example.com" };
    const certificateArn = "arn:aws-cn:acm:cn-north-1:123456789012:certificate/12345678-90ab-cdef";
    assert.equal(parse({ ...https, hostedZoneId: "Z0123456789ABC" }).hostedZoneId, "Z0123456789ABC");
    assert.equal(parse({ ...https, certificateArn }).certificateArn, certificateArn);
    const domainName = "records.xn--p1ai";
    assert.equal(parse({ ...https, domainName, certificateArn }).domainName, domainName);
    const pair = ["subnet-0a", "subnet-0b"];
    const network = {
      vpcId: "vpc-0a",
      publicSubnetIds: pair,
      privateSubnetIds: pair,
      databaseSubnetIds: pair,
    };
    assert.deepEqual(parse({ network: JSON.stringify(network) }).network.publicSubnetIds, pair);
  });

  it("accept every Graviton instance type, and no other", () => {
    const accepted = (instanceType: string) =>
      settingsIssues({ web: JSON.stringify({ instanceType }) }).length === 0;
    const arm64 = [
      "a1.large",
      "t4g.small",
      "m7gd.metal",
      "c7gn.xlarge",
      "im4gn.large",
      "is4gen.large",
      "x2gd.large",
      "hpc7g.4xlarge",
      "g5g.xlarge",
      "c8gd.metal-24xl",
      "p6e-gb200.36xlarge",
    ];
    const others = [
      "t3.small",
      "m7i-flex.large",
      "c5n.large",
      "g4dn.xlarge",
      "p4de.24xlarge",
      "t4g",
      "t4g.",
      "T4G.small",
    ];
    assert.deepEqual(arm64.filter(accepted), arm64);
    assert.deepEqual(others.filter(accepted), []);
  });

  it("reject text that only resembles a number or a flag", () => {
    for (const text of [
      "1e2",
      "010",
      "-0",
      "+5",
      " 5",
      "5 ",
      "5.0",
      "0x10",
      "5_0",
      "five",
      "true",
      "null",
      "NaN",
      "５",
    ]) {
      assert.equal(
        settingsIssues({ stickySeconds: text }).length,
        1,
        `stickySeconds ${JSON.stringify(text)}`,
      );
      const nested = JSON.stringify({ minInstances: text });
      assert.equal(settingsIssues({ web: nested }).length, 1, `web ${nested}`);
    }
    for (const json of ["1.5", "true", "null", "[2]", '{"a":1}']) {
      assert.equal(settingsIssues({ web: `{"minInstances": ${json}}` }).length, 1, json);
    }
    for (const text of ["True", "yes", "1", "0", "on"])
      assert.equal(settingsIssues({ protect: text }).length, 1, text);
  });

  it("accept every whole number in its range", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 604_800 }), (seconds) => {
        assert.equal(parse({ stickySeconds: String(seconds) }).stickySeconds, seconds);
      }),
    );
  });

  it("are rejected with issues, for any text", () => {
    const key = fc.oneof(fc.constantFrom("live", "web", "network", "canaryPercent", "name"), fc.string());
    const value = fc.oneof(fc.string(), fc.json());
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 4 }), (config) => {
        for (const { allowed, remedy } of settingsIssues(config)) {
          assert.notEqual(allowed, "");
          assert.match(remedy ?? "", /[.?]$/);
        }
      }),
    );
  });

  it("bake for bakeSeconds, for bakeMinutes, or for 10 minutes with protect", () => {
    const bakeOf = (changes: Readonly<Record<string, string>>) => bakeMinutesOf(parse(changes));
    assert.equal(bakeOf({ bakeSeconds: "6", bakeMinutes: "5" }), 0.1);
    assert.equal(bakeOf({ bakeMinutes: "5" }), 5);
    assert.deepEqual([bakeOf({}), bakeOf({ protect: "false" })], [10, 0]);
  });
});
