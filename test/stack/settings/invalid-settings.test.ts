import assert from "node:assert/strict";
import { formatIssue } from "../../../components/validation/validation-issue";
import { parseSettings } from "../../../stack/settings/parse-settings";
import { settingRows } from "../../../stack/settings/settings";
import { issuesOf, rejectedValues } from "../issues";
import { MINIMAL, settingsIssues } from "./support";

interface InvalidConfig {
  readonly config: Readonly<Record<string, string | undefined>>;
  readonly stack?: string;
  readonly key: string;
  /** The value as {@link formatIssue} prints it. */
  readonly got: string;
}

const ACM = "arn:aws:acm:eu-central-1:123456789012:certificate/12345678-90ab";
const EXISTING_SUBNETS =
  '"publicSubnetIds": ["subnet-1", "subnet-2"], "privateSubnetIds": ["subnet-3", "subnet-4"]';

const INVALID: Readonly<Record<string, InvalidConfig>> = {
  "text for an object": { config: { web: "big" }, key: "web", got: '"big"' },
  "a list for an object": { config: { web: "[1]" }, key: "web", got: '"[1]"' },
  "an emptied live color": { config: { live: "" }, key: "live", got: "nothing" },
  "an unknown color": { config: { live: "Blue" }, key: "live", got: '"Blue"' },
  "a live color without a version": { config: { live: "green" }, key: "greenVersion", got: "nothing" },
  "a color without instances": { config: { web: '{"minInstances": 0}' }, key: "web.minInstances", got: "0" },
  "a version of two numbers": { config: { greenVersion: "1.1" }, key: "greenVersion", got: "1.1" },
  "a version with a letter": { config: { greenVersion: "v1.1.0" }, key: "greenVersion", got: '"v1.1.0"' },
  "a version with a leading zero": { config: { greenVersion: "1.01.0" }, key: "greenVersion", got: "1.01.0" },
  "a negative canary": {
    config: { greenVersion: "1.1.0", canaryPercent: "-1" },
    key: "canaryPercent",
    got: "-1",
  },
  "a canary of all traffic": {
    config: { greenVersion: "1.1.0", canaryPercent: "100" },
    key: "canaryPercent",
    got: "100",
  },
  "a canary without a version": { config: { canaryPercent: "10" }, key: "canaryPercent", got: "10" },
  "a retired canary": {
    config: { greenVersion: "1.1.0", canaryPercent: "10", idle: "off" },
    key: "idle",
    got: '"off"',
  },
  "min above max": {
    config: { app: '{"minInstances": 5, "maxInstances": 3}' },
    key: "app.maxInstances",
    got: "3",
  },
  "min above the default max": { config: { app: '{"minInstances": 7}' }, key: "app.maxInstances", got: "6" },
  "an instance type of another architecture": {
    config: { web: '{"instanceType": "t3.small"}' },
    key: "web.instanceType",
    got: '"t3.small"',
  },
  "an allowed range that starts off its boundary": {
    config: { allowedCidrs: '["192.0.2.0/24", "198.51.100.7/24"]' },
    key: "allowedCidrs[1]",
    got: '"198.51.100.7/24"',
  },
  "a log retention that CloudWatch does not have": {
    config: { logRetentionDays: "100" },
    key: "logRetentionDays",
    got: "100",
  },
  "a retention of flow logs that CloudWatch does not have": {
    config: { network: '{"flowLogRetentionDays": 2}' },
    key: "network.flowLogRetentionDays",
    got: "2",
  },
  "a web ACL of CloudFront": {
    config: { webAclArn: "arn:aws:wafv2:us-east-1:123456789012:global/webacl/shop/1a2b" },
    key: "webAclArn",
    got: '"arn:aws:wafv2:us-east-1:123456789012:global/webacl/shop/1a2b"',
  },
  "a maintenance window without days": {
    config: { database: '{"maintenanceWindow": "03:00-04:00"}' },
    key: "database.maintenanceWindow",
    got: '"03:00-04:00"',
  },
  "a maintenance window of 20 minutes": {
    config: { database: '{"maintenanceWindow": "sun:03:00-sun:03:20"}' },
    key: "database.maintenanceWindow",
    got: '"sun:03:00-sun:03:20"',
  },
  "a maintenance window of two days": {
    config: { database: '{"maintenanceWindow": "sat:03:00-mon:03:00"}' },
    key: "database.maintenanceWindow",
    got: '"sat:03:00-mon:03:00"',
  },
  "a backup window of 29 minutes over midnight": {
    config: { database: '{"backupWindow": "23:45-00:14"}' },
    key: "database.backupWindow",
    got: '"23:45-00:14"',
  },
  "a backup window in the maintenance window": {
    config: { database: '{"maintenanceWindow": "sun:03:00-sun:04:00", "backupWindow": "03:30-04:30"}' },
    key: "database.backupWindow",
    got: '"03:30-04:30"',
  },
  "a backup window that begins on the day before the maintenance window": {
    config: { database: '{"maintenanceWindow": "mon:00:00-mon:01:00", "backupWindow": "23:30-00:30"}' },
    key: "database.backupWindow",
    got: '"23:30-00:30"',
  },
  "a backup window in a maintenance window over the end of the week": {
    config: { database: '{"maintenanceWindow": "sun:23:00-mon:01:00", "backupWindow": "00:15-00:45"}' },
    key: "database.backupWindow",
    got: '"00:15-00:45"',
  },
  "a range too small for its subnets": {
    config: { network: '{"cidr": "10.0.0.0/24"}' },
    key: "network.cidr",
    got: '"10.0.0.0/24"',
  },
  "a range off its boundary": {
    config: { network: '{"cidr": "10.0.1.0/16"}' },
    key: "network.cidr",
    got: '"10.0.1.0/16"',
  },
  "four zones": { config: { network: '{"zoneCount": 4}' }, key: "network.zoneCount", got: "4" },
  "a range for an existing VPC": {
    config: {
      network: `{"vpcId": "vpc-1", "cidr": "10.0.0.0/16", ${EXISTING_SUBNETS}, "databaseSubnetIds": ["subnet-5", "subnet-6"]}`,
    },
    key: "network.cidr",
    got: '"10.0.0.0/16"',
  },
  "an existing VPC without database subnets": {
    config: { network: `{"vpcId": "vpc-1", ${EXISTING_SUBNETS}}` },
    key: "network.databaseSubnetIds",
    got: "nothing",
  },
  "subnets without a VPC": {
    config: { network: '{"publicSubnetIds": ["subnet-1", "subnet-2"]}' },
    key: "network.publicSubnetIds",
    got: '["subnet-1","subnet-2"]',
  },
  "the same subnet twice": {
    config: { network: '{"publicSubnetIds": ["subnet-1", "subnet-1"]}' },
    key: "network.publicSubnetIds",
    got: '["subnet-1","subnet-1"]',
  },
  "a single subnet": {
    config: { network: '{"publicSubnetIds": ["subnet-1"]}' },
    key: "network.publicSubnetIds",
    got: '["subnet-1"]',
  },
  "a name too long for AWS": { config: { name: "platform-records" }, key: "name", got: '"platform-records"' },
  "a name that databases reject": { config: { name: "records--eu" }, key: "name", got: '"records--eu"' },
  "a name that load balancers reject": { config: { name: "internal" }, key: "name", got: '"internal"' },
  "a stack name that cannot be the default name": {
    config: {},
    stack: "production-eu-west-1",
    key: "name",
    got: 'nothing, and the stack\'s name "production-eu-west-1" is invalid',
  },
  "stickiness of 0 s": { config: { stickySeconds: "0" }, key: "stickySeconds", got: "0" },
  "stickiness of more than a week": {
    config: { stickySeconds: "604801" },
    key: "stickySeconds",
    got: "604801",
  },
  "neither a domain nor allowPlainHttp": {
    config: { allowPlainHttp: undefined },
    key: "domainName",
    got: "nothing",
  },
  "a domain without a certificate": {
    config: { allowPlainHttp: "false", domainName: "records.example.com" },
    key: "certificateArn",
    got: "nothing",
  },
  "plain HTTP with a certificate": {
    config: { domainName: "records.example.com", certificateArn: ACM },
    key: "allowPlainHttp",
    got: "true",
  },
  "a hosted zone without a domain": {
    config: { hostedZoneId: "Z0123456789ABC" },
    key: "hostedZoneId",
    got: '"Z0123456789ABC"',
  },
  "the ARN of another service": { config: { alarmTopicArn: ACM }, key: "alarmTopicArn", got: `"${ACM}"` },
  "a contract script's file": {
    config: { contractThrough: "0002_split_name.contract.sql" },
    key: "contractThrough",
    got: '"0002_split_name.contract.sql"',
  },
};

describe("settings validation", () => {
  it("accepts the smallest config", () => assert.deepEqual(settingsIssues({}), []));

  for (const [title, { config, stack, key, got }] of Object.entries(INVALID)) {
    it(`rejects ${title}`, () => {
      const [issue, ...more] = settingsIssues(config, stack);
      assert.ok(issue);
      assert.deepEqual([issue.key, more], [key, []]);
      const sentence = formatIssue(issue);
      assert.ok(sentence.includes(`, got ${got}. `), sentence);
      assert.match(issue.remedy ?? "", /[.?]$/);
    });
  }

  it("says key, allowed values, value and remedy in one sentence each", () => {
    const sentences = settingsIssues({
      greenVersion: "1.1.0",
      canaryPercent: "100",
      web: '{"minInstances": 0}',
      app: '{"minInstances": 5, "maxInstances": 3}',
      allowPlainHttp: undefined,
    }).map(formatIssue);
    assert.deepEqual(sentences, [
      "canaryPercent must be a whole number from 0 to 99; for all traffic set live, got 100. " +
        "Set it: `pulumi config set canaryPercent …`.",
      "web.minInstances must be a whole number from 1 to 1000, got 0. " +
        "Set it: `pulumi config set --path web.minInstances …`.",
      "app.maxInstances must be 5 (app.minInstances) or more, got 3. " +
        "Set it higher, `pulumi config set --path app.maxInstances …`, or lower app.minInstances.",
      "domainName must be the DNS name that clients call because allowPlainHttp is false, got nothing. " +
        "Set it, with hostedZoneId (a certificate is requested) or certificateArn; or set allowPlainHttp to true to " +
        "serve without encryption (for trials only): `pulumi config set allowPlainHttp true`.",
    ]);
  });

  it("rejects unknown keys, and suggests a similar one", () => {
    const unknown: readonly [
      config: Record<string, string>,
      key: string,
      similar?: string,
      remedy?: RegExp,
    ][] = [
      [{ canaryPrecent: "10" }, "canaryPrecent", "canaryPercent"],
      [{ STICKY: "10" }, "STICKY", "stickySeconds"],
      [{ favouriteTree: "oak" }, "favouriteTree"],
      [
        { app: '{"minInstance": 3}' },
        "app.minInstance",
        "app.minInstances",
        /config rm --path app\.minInstance`/,
      ],
      [{ "web.minInstances": "3" }, "web.minInstances", undefined, /config set --path web\.minInstances /],
    ];
    for (const [config, key, similar, remedy] of unknown) {
      const [issue, ...more] = settingsIssues(config);
      assert.ok(issue);
      assert.deepEqual([issue.key, more], [key, []]);
      const suggestion = /did you mean (\S+)\?/.exec(formatIssue(issue))?.[1];
      assert.equal(suggestion, similar);
      assert.match(issue.remedy ?? "", remedy ?? /^Remove it: `pulumi config rm /);
    }
  });

  it("rejects every number outside its range, and accepts both ends", () => {
    const ranges = settingRows().flatMap(([key, { allowed }]) => {
      const range = /^a whole number from (\d+) to (\d+)/.exec(allowed);
      return range ? [{ key, min: Number(range[1]), max: Number(range[2]) }] : [];
    });
    assert.ok(ranges.length >= 13, `only ${ranges.length} settings with a range`);
    const config = (key: string, value: number) => {
      const [group = "", name] = key.split(".");
      return { greenVersion: "1.1.0", [group]: name ? JSON.stringify({ [name]: value }) : String(value) };
    };
    for (const { key, min, max } of ranges) {
      for (const outside of [min - 1, max + 1]) {
        const issues = settingsIssues(config(key, outside));
        assert.deepEqual(
          issues.map((issue) => [issue.key, formatIssue(issue).includes(`, got ${outside}. `)]),
          [[key, true]],
        );
      }
      for (const end of [min, max]) {
        const own = settingsIssues(config(key, end)).filter((issue) => issue.key === key);
        const isBelowMin = key.endsWith("maxInstances") && end === 1;
        assert.equal(own.length, isBelowMin ? 1 : 0, `${key} ${end}`);
      }
    }
  });

  it("reports all issues at once, and none that only follows from another one", () => {
    const issues = settingsIssues({
      live: "green",
      colour: "green",
      canaryPercent: "1e3",
      stickySeconds: "0",
      allowPlainHttp: undefined,
      web: '{"minInstances": 9, "size": "big"}',
      app: '{"minInstances": "many"}',
      network: '{"cidr": "10.0.0.0/30"}',
      name: "Records",
    });
    assert.deepEqual(
      issues.map(({ key }) => key),
      [
        "colour",
        "canaryPercent",
        "name",
        "stickySeconds",
        "web.size",
        "app.minInstances",
        "web.maxInstances",
        "domainName",
        "network.cidr",
      ],
    );
  });

  it("does not report a missing version whose key is misspelt", () => {
    const issues = settingsIssues({ blueVersion: undefined, blueVerison: "1.0.0" });
    assert.deepEqual(
      issues.map(({ key }) => key),
      ["blueVerison"],
    );
  });

  it("does not show the value of an unknown key, which may be a secret", () => {
    for (const config of [
      { masterPassword: "correct horse" },
      { database: '{"password": "correct horse"}' },
    ]) {
      assert.doesNotMatch(settingsIssues(config).map(formatIssue).join(), /correct/);
    }
  });

  it("rejects encrypted settings, and does not show them", () => {
    const config = { ...MINIMAL, domainName: "[secret]", web: '{"minInstances": "[secret]"}' };
    const issues = issuesOf(() => parseSettings(config, "dev", ["domainName", "web"]));
    assert.deepEqual(
      issues.map(({ key }) => key),
      ["domainName", "web"],
    );
    for (const issue of issues) {
      assert.match(formatIssue(issue), /got an? .*encrypted value\. .*pulumi config set --plaintext/);
      assert.doesNotMatch(formatIssue(issue), /\[secret\]/);
    }
  });

  it("rejects keys that every object inherits", () => {
    for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      const config = Object.fromEntries([...Object.entries(MINIMAL), [key, "x"]]);
      const keys = rejectedValues(issuesOf(() => parseSettings(config, "dev"))).map(([rejected]) => rejected);
      assert.deepEqual(keys, [key]);
      const nested = settingsIssues({ database: `{${JSON.stringify(key)}: {"multiAz": false}}` });
      assert.deepEqual(
        nested.map((issue) => issue.key),
        [`database.${key}`],
      );
    }
  });
});
