import assert from "node:assert/strict";
import { parseSettings } from "../../../stack/settings/parse-settings";
import { settingRows } from "../../../stack/settings/settings";
import { MINIMAL, refusalsOf, sentencesOf } from "../plan/support";

/** One mistake in an otherwise right config, and all that a user sees of it. */
interface Mistake {
  readonly mistake: string;
  readonly config: Readonly<Record<string, string | undefined>>;
  readonly stack?: string;
  readonly sees: string;
}

const keys = [...new Set(settingRows().map(([key]) => key.split(".")[0]))].join(", ");
const NAME =
  "1 to 14 lower-case letters, digits and single hyphens between them, starting with a letter and not with internal-, " +
  "sg-, sthree- or amzn-s3-demo- (AWS bounds names of load balancers to 32 characters, and 18 are appended)";
const SUBNETS = "a list of two or more ids such as subnet-0123456789abcdef0, each once";
const PLAIN =
  "or set allowPlainHttp to true to serve users without encryption (for trials only): " +
  "`pulumi config set allowPlainHttp true`.";
const ACM = "arn:aws:acm:eu-central-1:123456789012:certificate/12345678-90ab";

const MISTAKES: readonly Mistake[] = [
  {
    mistake: "a misspelt key",
    config: { canaryPrecent: "10" },
    sees: `canaryPrecent: got a key that no setting has (did you mean canaryPercent?); allowed is one of ${keys}. Remove it: \`pulumi config rm canaryPrecent\`.`,
  },
  {
    mistake: "the beginning of a key, in other letters",
    config: { STICKY: "10" },
    sees: `STICKY: got a key that no setting has (did you mean stickySeconds?); allowed is one of ${keys}. Remove it: \`pulumi config rm STICKY\`.`,
  },
  {
    mistake: "an unknown key",
    config: { favouriteTree: "oak" },
    sees: `favouriteTree: got a key that no setting has; allowed is one of ${keys}. Remove it: \`pulumi config rm favouriteTree\`.`,
  },
  {
    mistake: "a nested key set without --path",
    config: { "web.minInstances": "3" },
    sees: `web.minInstances: got a key with a dot in its name; allowed is one of ${keys}. Set it: \`pulumi config set --path web.minInstances …\`. Then remove this one: \`pulumi config rm web.minInstances\`.`,
  },
  {
    mistake: "a misspelt key in an object",
    config: { app: '{"minInstance": 3}' },
    sees: "app.minInstance: got a key that no setting has (did you mean app.minInstances?); allowed is one of app.instanceType, app.minInstances, app.maxInstances, app.targetCpuPercent. Remove it: `pulumi config rm --path app.minInstance`.",
  },
  {
    mistake: "text where an object belongs",
    config: { web: "big" },
    sees: 'web: got "big"; allowed is an object with instanceType, minInstances, maxInstances, targetCpuPercent. Remove it, and set one of them: `pulumi config set --path web.instanceType …`.',
  },
  {
    mistake: "a list where an object belongs",
    config: { web: "[1]" },
    sees: 'web: got "[1]"; allowed is an object with instanceType, minInstances, maxInstances, targetCpuPercent. Remove it, and set one of them: `pulumi config set --path web.instanceType …`.',
  },
  {
    mistake: "a live color that was emptied",
    config: { live: "" },
    sees: "live: got nothing; allowed is blue or green. Set it: `pulumi config set live …`.",
  },
  {
    mistake: "a color that is none",
    config: { live: "Blue" },
    sees: 'live: got "Blue"; allowed is blue or green. Set it: `pulumi config set live …`.',
  },
  {
    mistake: "a live color without a version",
    config: { live: "green" },
    sees: "greenVersion: got nothing; allowed is a version such as 1.2.3, because green is live. Set greenVersion, or make blue live.",
  },
  {
    mistake: "a live color without capacity",
    config: { web: '{"minInstances": 0}' },
    sees: "web.minInstances: got 0; allowed is a whole number from 1 to 1000. Set it: `pulumi config set --path web.minInstances …`.",
  },
  {
    mistake: "a version that is none",
    config: { greenVersion: "1.1" },
    sees: "greenVersion: got 1.1; allowed is a version of three numbers, such as 1.2.3. Set it: `pulumi config set greenVersion …`.",
  },
  {
    mistake: "a version with a word in it",
    config: { greenVersion: "v1.1.0" },
    sees: 'greenVersion: got "v1.1.0"; allowed is a version of three numbers, such as 1.2.3. Set it: `pulumi config set greenVersion …`.',
  },
  {
    mistake: "a canary below 0",
    config: { greenVersion: "1.1.0", canaryPercent: "-1" },
    sees: "canaryPercent: got -1; allowed is a whole number from 0 to 99; for all users set live. Set it: `pulumi config set canaryPercent …`.",
  },
  {
    mistake: "a canary that would take all users",
    config: { greenVersion: "1.1.0", canaryPercent: "100" },
    sees: "canaryPercent: got 100; allowed is a whole number from 0 to 99; for all users set live. Set it: `pulumi config set canaryPercent …`.",
  },
  {
    mistake: "a canary for a color without a version",
    config: { canaryPercent: "10" },
    sees: "canaryPercent: got 10; allowed is 0 while green has no version. Deploy a version to green first: set greenVersion and run `pulumi up`.",
  },
  {
    mistake: "a color with users that is retired",
    config: { greenVersion: "1.1.0", canaryPercent: "10", idle: "off" },
    sees: 'idle: got "off"; allowed is "warm" while canaryPercent is 10, because green has users. Set idle to warm, or canaryPercent to 0.',
  },
  {
    mistake: "min above max",
    config: { app: '{"minInstances": 5, "maxInstances": 3}' },
    sees: "app.maxInstances: got 3; allowed is 5 (app.minInstances) or more. Set it higher, `pulumi config set --path app.maxInstances …`, or lower app.minInstances.",
  },
  {
    mistake: "an instance type that cannot run the image",
    config: { web: '{"instanceType": "t3.small"}' },
    sees: 'web.instanceType: got "t3.small"; allowed is an EC2 instance type with an arm64 (Graviton) processor, such as t4g.small. Set it: `pulumi config set --path web.instanceType …`.',
  },
  {
    mistake: "a range too small for its subnets",
    config: { network: '{"cidr": "10.0.0.0/24"}' },
    sees: 'network.cidr: got "10.0.0.0/24"; allowed is a prefix from /16 to /23 (16 subnets are cut from it, and a load balancer needs /27 or larger). Take a larger range.',
  },
  {
    mistake: "a range off its boundary",
    config: { network: '{"cidr": "10.0.1.0/16"}' },
    sees: 'network.cidr: got "10.0.1.0/16"; allowed is a range that starts on its own boundary. Did you mean 10.0.0.0/16?',
  },
  {
    mistake: "a zone count that no plan is made for",
    config: { network: '{"zoneCount": 4}' },
    sees: "network.zoneCount: got 4; allowed is 2 or 3. Set it: `pulumi config set --path network.zoneCount …`.",
  },
  {
    mistake: "a new VPC inside an existing one",
    config: {
      network:
        '{"vpcId": "vpc-1", "cidr": "10.0.0.0/16", "publicSubnetIds": ["subnet-1", "subnet-2"],' +
        '"privateSubnetIds": ["subnet-3", "subnet-4"], "databaseSubnetIds": ["subnet-5", "subnet-6"]}',
    },
    sees: 'network.cidr: got "10.0.0.0/16"; allowed is nothing while network.vpcId is set, because it describes a new VPC. Remove network.cidr or network.vpcId.',
  },
  {
    mistake: "an existing VPC without one kind of its subnets",
    config: {
      network:
        '{"vpcId": "vpc-1", "publicSubnetIds": ["subnet-1", "subnet-2"], "privateSubnetIds": ["subnet-3", "subnet-4"]}',
    },
    sees: `network.databaseSubnetIds: got nothing; allowed is ${SUBNETS}, of the existing VPC. Set the first: \`pulumi config set --path 'network.databaseSubnetIds[0]' …\`.`,
  },
  {
    mistake: "subnets without their VPC",
    config: { network: '{"publicSubnetIds": ["subnet-1", "subnet-2"]}' },
    sees: 'network.publicSubnetIds: got ["subnet-1","subnet-2"]; allowed is nothing without network.vpcId, because a new VPC gets subnets of its own. Set network.vpcId too, or remove network.publicSubnetIds.',
  },
  {
    mistake: "the same subnet twice",
    config: { network: '{"publicSubnetIds": ["subnet-1", "subnet-1"]}' },
    sees: `network.publicSubnetIds: got ["subnet-1","subnet-1"]; allowed is ${SUBNETS}. Set the first: \`pulumi config set --path 'network.publicSubnetIds[0]' …\`.`,
  },
  {
    mistake: "a name that would pass AWS's 32 characters",
    config: { name: "platform-records" },
    sees: `name: got "platform-records"; allowed is ${NAME}. Set it: \`pulumi config set name …\`.`,
  },
  {
    mistake: "a name that databases refuse",
    config: { name: "records--eu" },
    sees: `name: got "records--eu"; allowed is ${NAME}. Set it: \`pulumi config set name …\`.`,
  },
  {
    mistake: "a name that load balancers refuse",
    config: { name: "internal" },
    sees: `name: got "internal"; allowed is ${NAME}. Set it: \`pulumi config set name …\`.`,
  },
  {
    mistake: "a stack's name that cannot begin names",
    config: {},
    stack: "production-eu-west-1",
    sees: `name: got nothing, and the stack's name "production-eu-west-1" cannot stand in for it; allowed is ${NAME}. Set it: \`pulumi config set name …\`.`,
  },
  {
    mistake: "stickiness of no second",
    config: { stickySeconds: "0" },
    sees: "stickySeconds: got 0; allowed is a whole number from 1 to 604800. Set it: `pulumi config set stickySeconds …`.",
  },
  {
    mistake: "stickiness of more than a week",
    config: { stickySeconds: "604801" },
    sees: "stickySeconds: got 604801; allowed is a whole number from 1 to 604800. Set it: `pulumi config set stickySeconds …`.",
  },
  {
    mistake: "plain HTTP that nobody asked for",
    config: { allowPlainHttp: undefined },
    sees: `domainName: got nothing; allowed is the DNS name that users call, because they are served by HTTPS. Set it, with hostedZoneId (a certificate is requested) or certificateArn; ${PLAIN}`,
  },
  {
    mistake: "a domain without a certificate",
    config: { allowPlainHttp: "false", domainName: "records.example.com" },
    sees: `certificateArn: got nothing; allowed is the ARN of an ACM certificate for records.example.com, because no hostedZoneId is set with which one could be requested. Set hostedZoneId or certificateArn; ${PLAIN}`,
  },
  {
    mistake: "plain HTTP with a certificate",
    config: { domainName: "records.example.com", certificateArn: ACM },
    sees: "allowPlainHttp: got true; allowed is false while certificateArn is set. Remove one of the two.",
  },
  {
    mistake: "a zone without a name in it",
    config: { hostedZoneId: "Z0123456789ABC" },
    sees: 'hostedZoneId: got "Z0123456789ABC"; allowed is nothing without domainName, the name that it would hold. Set domainName, or remove hostedZoneId.',
  },
  {
    mistake: "an ARN of something else",
    config: { alarmTopicArn: ACM },
    sees: `alarmTopicArn: got "${ACM}"; allowed is the ARN of an SNS topic. Set it: \`pulumi config set alarmTopicArn …\`.`,
  },
  {
    mistake: "a contract script's file instead of its id",
    config: { contractThrough: "0002_split_name.contract.sql" },
    sees: 'contractThrough: got "0002_split_name.contract.sql"; allowed is the id of a contract script, such as 0002_split_name. Set it: `pulumi config set contractThrough …`.',
  },
];

describe("what is wrong with a stack's config", () => {
  it("is nothing for the least that a stack needs", () => assert.deepEqual(refusalsOf({}), []));

  for (const { mistake, config, stack, sees } of MISTAKES) {
    it(`names key, what was got, what is allowed and what to do: ${mistake}`, () => {
      assert.deepEqual(refusalsOf(config, stack), [sees]);
    });
  }

  it("is the range of every number, at both ends", () => {
    const ranges = settingRows().flatMap(([key, { allowed }]) => {
      const range = /^a whole number from (\d+) to (\d+)$/.exec(allowed);
      return range ? [{ key, min: Number(range[1]), max: Number(range[2]) }] : [];
    });
    assert.ok(ranges.length >= 12, `only ${ranges.length} settings with a range`);
    const config = (key: string, value: number) => {
      const [group = "", name] = key.split(".");
      return { greenVersion: "1.1.0", [group]: name ? JSON.stringify({ [name]: value }) : String(value) };
    };
    for (const { key, min, max } of ranges) {
      for (const beyond of [min - 1, max + 1]) {
        const [sentence = "", ...more] = refusalsOf(config(key, beyond));
        assert.ok(
          sentence.startsWith(
            `${key}: got ${beyond}; allowed is a whole number from ${min} to ${max}. Set it:`,
          ),
        );
        assert.deepEqual(more, []);
      }
      for (const within of [min, max]) {
        const own = refusalsOf(config(key, within)).filter((sentence) => sentence.startsWith(`${key}: `));
        assert.deepEqual(own, key.endsWith("maxInstances") && within === 1 ? own : []);
      }
    }
  });

  it("is told all at once, across settings too, and nothing that only follows from another mistake", () => {
    const sentences = refusalsOf({
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
      sentences.map((sentence) => sentence.slice(0, sentence.indexOf(":"))),
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

  it("does not say that a version is missing whose key is misspelt", () => {
    const sentences = refusalsOf({ blueVersion: undefined, blueVerison: "1.0.0" });
    assert.equal(sentences.length, 1);
    assert.match(sentences[0] ?? "", /^blueVerison: .*\(did you mean blueVersion\?/);
  });

  it("says nothing of the value under an unknown key: it may be a secret", () => {
    assert.doesNotMatch(refusalsOf({ masterPassword: "correct horse" }).join(), /correct/);
    assert.doesNotMatch(refusalsOf({ database: '{"password": "correct horse"}' }).join(), /correct/);
  });

  it("includes every setting that is encrypted, and does not say what it holds", () => {
    const config = { ...MINIMAL, domainName: "[secret]", web: '{"minInstances": "[secret]"}' };
    const sentences = sentencesOf(() => parseSettings(config, "dev", ["domainName", "web"]));
    const clear =
      "allowed is a plain value, because previews and the state show what it says. Set it in clear";
    assert.deepEqual(sentences, [
      `domainName: got an encrypted value; ${clear}: \`pulumi config set --plaintext domainName …\`.`,
      `web: got an object with an encrypted value; ${clear}: \`pulumi config set --plaintext --path web.… …\`.`,
    ]);
  });

  it("includes keys that every object inherits", () => {
    for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      const config = Object.fromEntries([...Object.entries(MINIMAL), [key, "x"]]);
      const [sentence = "", ...more] = sentencesOf(() => parseSettings(config, "dev"));
      assert.ok(sentence.startsWith(`${key}: got a key that no setting has; `), sentence);
      assert.deepEqual(more, []);
      const [nested = "", ...others] = refusalsOf({
        database: `{${JSON.stringify(key)}: {"multiAz": false}}`,
      });
      assert.ok(nested.startsWith(`database.${key}: got a key that no setting has; `), nested);
      assert.deepEqual(others, []);
    }
  });
});
