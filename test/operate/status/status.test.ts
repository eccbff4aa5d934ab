import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { RuleReading } from "../../../operate/rule-reading";
import type { StackOutputs } from "../../../operate/stack-outputs";
import {
  buildStatus,
  type ConfiguredRelease,
  type StackReadings,
  type StatusFacts,
} from "../../../operate/status/status-report";
import { statusText } from "../../../operate/status/status-text";

const tier = (color: string) => ({
  targetGroupArn: `arn:${color}`,
  autoScalingGroupName: `asg-${color}`,
  alarms: [`errors-${color}`],
});
const tiers = { minInstances: 2, maxInstances: 6, url: "http://a", blue: tier("blue"), green: tier("green") };

const OUTPUTS: StackOutputs = {
  control: {
    name: "shop",
    region: "eu-central-1",
    productionRuleArn: "arn:rule",
    listenerArn: "arn:listener",
    stickySeconds: 300,
    rollbackWindowMinutes: 1440,
    bakeMinutes: 10,
    tiers: { web: tiers, app: tiers },
    alarms: ["release"],
    migrations: { pending: ["0003_next.contract.sql"] },
  },
  release: {
    live: "green",
    versions: { blue: "1.0.0", green: "1.1.0" },
    weights: { blue: 0, green: 100 },
    serial: 3,
    kind: "shift",
    history: [
      {
        serial: 3,
        kind: "shift",
        weights: { blue: 0, green: 100 },
        actor: "anna",
        started: "2026-01-01T10:00:00.000Z",
      },
    ],
  },
  rollback: { open: true, color: "blue", reason: "blue runs 1.0.0 and is warm" },
};

const healthy = [
  { id: "i-1", state: "healthy" },
  { id: "i-2", state: "healthy" },
];
const RULE: RuleReading = {
  shares: { blue: 0, green: 100 },
  record: { serial: 3, kind: "shift", actor: "anna" },
  foreign: [],
};
const READINGS: StackReadings = {
  rule: RULE,
  targets: { web: { blue: healthy, green: healthy }, app: { blue: healthy, green: healthy } },
  groups: [{ name: "asg-green", minSize: 2, maxSize: 6, desired: 3 }],
  alarms: [{ name: "errors-green", state: "ALARM", reason: "5 errors", since: new Date(0) }],
  problems: [],
};
const CONFIG: ConfiguredRelease = {
  file: "Pulumi.prod.yaml",
  live: "green",
  canaryPercent: 0,
  versions: { green: "1.1.0" },
};

const statusOf = (changes: Partial<StatusFacts> = {}) =>
  buildStatus({ stack: "prod", outputs: OUTPUTS, config: CONFIG, readings: READINGS, ...changes });

describe("status:", () => {
  it("JSON has this shape", () => {
    const report = statusOf();
    assert.deepEqual(Object.keys(report), [
      "stack",
      "name",
      "region",
      "traffic",
      "colors",
      "alarms",
      "pendingMigrations",
      "rollback",
      "history",
      "disagreements",
      "problems",
    ]);
    assert.deepEqual(report.traffic, {
      rule: { blue: 0, green: 100 },
      record: { serial: 3, kind: "shift", actor: "anna" },
      recorded: { blue: 0, green: 100 },
      serial: 3,
      config: { blue: 0, green: 100 },
      relation: "agreed",
    });
    assert.deepEqual(report.colors.green, {
      version: "1.1.0",
      traffic: 100,
      state: "serving",
      tiers: {
        web: { healthy: 2, registered: 2, desired: 3, min: 2, max: 6 },
        app: { healthy: 2, registered: 2, desired: 3, min: 2, max: 6 },
      },
      alarms: ["errors-green"],
    });
    assert.deepEqual(report.disagreements, []);
    assert.equal(report.colors.blue.state, "warm");
  });

  it("text shows the same on 80 columns", () => {
    assert.equal(
      statusText(statusOf()),
      [
        "Stack prod, eu-central-1",
        "",
        "            blue                green",
        "Version     1.0.0               1.1.0",
        "Traffic     0 %                 100 %               rule, shift 3",
        "            0 %                 100 %               last update",
        "            0 %                 100 %               config",
        "State       warm                serving",
        "web         2/2 healthy (2-6)   2/2 healthy (2-6)",
        "app         2/2 healthy (2-6)   2/2 healthy (2-6)",
        "Alarms      -                   1 in ALARM",
        "",
        "Rollback    open, blue runs 1.0.0 and is warm",
        "Migrations  0003_next.contract.sql",
        "Alarms      errors-green ALARM since 1970-01-01T00:00:00.000Z: 5 errors",
        "Shifts        3  2026-01-01 10:00  green 100 %  anna",
        "",
      ].join("\n"),
    );
  });

  it("text never exceeds 80 columns, except for commands", () => {
    const word = fc.string({ minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(word, word, word, (stack, reason, version) => {
        const release = { ...OUTPUTS.release, versions: { blue: version } } as StackOutputs["release"];
        const rollback = { open: false, color: "blue", reason } as const;
        const alarms = [{ name: reason, state: "ALARM", reason: version } as const];
        const text = statusText(
          statusOf({
            stack,
            outputs: { ...OUTPUTS, release, rollback },
            readings: { ...READINGS, alarms, problems: [reason], rule: undefined },
          }),
        );
        for (const line of text.split("\n")) assert.ok(line.length <= 80 || line.startsWith("    "), line);
      }),
    );
  });

  it("names the rollback of a watch, after which the traffic is as after the last update", () => {
    const record = {
      serial: 4,
      kind: "watch-rollback",
      actor: "changeover watch",
      reason: "errors",
    } as const;
    const readings = { ...READINGS, rule: { ...RULE, record } };
    const [{ description } = { description: "" }] = statusOf({ readings }).disagreements;
    assert.equal(
      description,
      "The watch rolled traffic back (errors): the production rule has green 100 %, as after the last update.",
    );
  });

  it("leaves the rollback open if the watch rolled back to a canary", () => {
    const record = { serial: 4, kind: "watch-rollback" } as const;
    const readings = { ...READINGS, rule: { ...RULE, shares: { blue: 10, green: 90 }, record } };
    assert.equal(statusOf({ readings }).rollback?.open, true);
  });

  it("names a rollback that the last update does not know, with the commands for each choice", () => {
    const record = {
      serial: 4,
      kind: "rollback",
      actor: "bo",
      at: "2026-01-01T11:00:00Z",
      reason: "errors",
    } as const;
    const readings = { ...READINGS, rule: { shares: { blue: 100, green: 0 }, record, foreign: [] } };
    const { disagreements, rollback, traffic } = statusOf({ readings });
    assert.equal(traffic.relation, "rolled-back");
    assert.deepEqual(rollback, {
      open: false,
      color: "blue",
      reason: "traffic is rolled back to blue already",
    });
    assert.deepEqual(disagreements, [
      {
        between: "rule and last update",
        description:
          "Traffic was rolled back by bo at 2026-01-01T11:00:00Z (errors): the production rule has blue 100 %, " +
          "the last update recorded green 100 %.",
        choices: [
          {
            meaning: "keep the traffic as it is",
            commands: [
              "pulumi config set live blue --stack prod",
              "pulumi config set canaryPercent 0 --stack prod",
              "pulumi up --stack prod",
            ],
          },
          {
            meaning: "shift back to green 100 %",
            commands: [
              "pulumi config set live green --stack prod",
              "pulumi config set canaryPercent 0 --stack prod",
              "pulumi config set expectedSerial 4 --stack prod",
              "pulumi up --stack prod",
              "pulumi config rm expectedSerial --stack prod",
            ],
          },
        ],
      },
      {
        between: "config and traffic",
        description: "Pulumi.prod.yaml asks for green 100 %, the traffic is blue 100 %.",
        choices: [
          {
            meaning: "keep the traffic as it is",
            commands: [
              "pulumi config set live blue --stack prod",
              "pulumi config set canaryPercent 0 --stack prod",
            ],
          },
          {
            meaning: "shift traffic as the config asks",
            commands: [
              "pulumi config set expectedSerial 4 --stack prod",
              "pulumi up --stack prod",
              "pulumi config rm expectedSerial --stack prod",
            ],
          },
        ],
      },
    ]);
  });

  it("names a config that would shift traffic with the next update", () => {
    const { disagreements } = statusOf({ config: { ...CONFIG, live: "blue" } });
    assert.deepEqual(
      disagreements.map(({ between, choices }) => [between, choices.map(({ commands }) => commands.at(-1))]),
      [["config and traffic", ["pulumi config set canaryPercent 0 --stack prod", "pulumi up --stack prod"]]],
    );
  });

  it("proposes no config for a rule with a target group of no color, or without traffic to a color", () => {
    for (const changed of [{ foreign: ["arn:other"] }, { shares: { blue: 0, green: 0 } }]) {
      const { disagreements } = statusOf({ readings: { ...READINGS, rule: { ...RULE, ...changed } } });
      assert.deepEqual(
        disagreements.map(({ between, choices }) => [between, choices[0]?.commands]),
        [["rule and last update", ["changeover rollback --to green --stack prod"]]],
      );
    }
  });

  it("closes the rollback if its color has no healthy instance now", () => {
    const targets = { ...READINGS.targets, app: { green: healthy, blue: [] } };
    const { rollback } = statusOf({ readings: { ...READINGS, targets } });
    assert.deepEqual(rollback, { open: false, color: "blue", reason: "blue has no healthy instance in app" });
  });

  it("reports parts that cannot be read as problems, and the rest", () => {
    const readings = {
      ...READINGS,
      rule: undefined,
      alarms: undefined,
      problems: ["The alarms cannot be read: denied"],
    };
    const report = statusOf({ readings });
    assert.deepEqual([report.traffic.rule, report.traffic.relation], [null, "unread"]);
    assert.equal(report.colors.green.state, "unknown");
    assert.match(statusText(report), /Problem {5}The alarms cannot be read: denied/);
  });
});
