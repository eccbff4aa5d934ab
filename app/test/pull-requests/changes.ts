import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { PreviewOutcome } from "../../../preview/report/report";
import { REPOSITORY } from "../../../test/preview/support";
import type { Branch } from "./repository";

export const PRODUCTION = "Pulumi.production.yaml";
export const DEV = "Pulumi.dev.yaml";
/** The number of the next script. */
export const NEXT = String(
  1 + Math.max(...readdirSync(join(REPOSITORY, "app", "migrations")).map((file) => Number(file.slice(0, 4)))),
).padStart(4, "0");
const ROOM = `app/migrations/${NEXT}_room.expand.sql`;
const BAD = `app/migrations/${NEXT}_bad.expand.sql`;
const ADD_ROOM = "-- needed-by: 7.0.0\n-- locks: records\nalter table records add column room text;\n";
const DESTRUCTIVE =
  "-- needed-by: 7.0.0\nalter table records drop column note;\nalter table records add unique (created_at);\n";

/** A pull request, and what its preview must say. */
export interface PullRequest {
  readonly title: string;
  readonly change: (branch: Branch) => void;
  /** @default production, because a change of the program affects both stacks alike */
  readonly stacksPreviewed?: "all";
  readonly outcome: PreviewOutcome;
  /** Outcomes of stacks. */
  readonly stacks?: Readonly<Record<string, PreviewOutcome>>;
  /** Codes with severity that must occur, such as `danger script-harmful`. */
  readonly codes?: readonly string[];
  /** Severities that must not occur. */
  readonly without?: readonly string[];
  /** Texts of the comment. */
  readonly says: readonly RegExp[];
  readonly saysNot?: readonly RegExp[];
}

/** Adds lines to the config of the production stack. */
export const setting =
  (text: string) =>
  ({ replace }: Branch) =>
    replace(PRODUCTION, "config:\n", `config:\n${text}`);

/** The pull requests of a typical year, by the number in the table of their cases. */
export const PULL_REQUESTS: readonly PullRequest[] = [
  {
    title: "1: a flip in a stack that is not the default",
    stacksPreviewed: "all",
    change: ({ replace }) => replace(PRODUCTION, "live: blue", "live: green"),
    outcome: "changes",
    stacks: { production: "changes", dev: "same" },
    codes: ["warning traffic-shifted", "none rollback-open"],
    says: [
      /^### .*production: All traffic shifts from blue to green/,
      /traffic can roll back from 1\.1\.0 to 1\.0\.0/,
      /live: blue → green/,
    ],
    saysNot: [/way back/, /Data source queries change/],
  },
  {
    title: "2: a canary",
    change: setting("  changeover:canaryPercent: 10\n"),
    outcome: "changes",
    codes: ["warning traffic-shifted"],
    says: [/10 % of the traffic shifts from blue to green/, /the rollback is to set canaryPercent to 0/],
  },
  {
    title: "3: another instance type",
    change: ({ replace }) =>
      replace(PRODUCTION, "changeover:web:\n", "changeover:web:\n    instanceType: t4g.large\n"),
    outcome: "changes",
    codes: ["info settings-waiting"],
    without: ["danger"],
    says: [/wait for the next deployment of production-web-blue/, /1\.1\.0\+2/, /Change the instances/],
  },
  {
    title: "4: more instances",
    change: ({ replace }) => replace(PRODUCTION, "minInstances: 2", "minInstances: 4"),
    outcome: "changes",
    codes: ["info instances-changed"],
    without: ["danger"],
    says: [/Instances: \d+ more/],
  },
  {
    title: "5: a safe migration alone",
    change: ({ write }) => write({ [ROOM]: ADD_ROOM }),
    outcome: "changes",
    codes: ["info script-new"],
    without: ["danger"],
    says: [
      /\d{4}\\_room\.expand\.sql \(expand, needed by 7\.0\.0\) is new: no check found a problem/,
      /runs with the first deployment of 7\.0\.0/,
    ],
  },
  {
    title: "5b: a new version with its migration",
    change: ({ replace }) => replace(PRODUCTION, "greenVersion: 1.1.0", "greenVersion: 1.2.0"),
    outcome: "changes",
    codes: ["info migrations-run", "info instances-changed", "none rollback-not-needed"],
    without: ["danger"],
    says: [
      /expand runs 0004\\_severity/,
      /successor of production-web-green-1\.1\.0/,
      /^\+ .*VERSION="1\.2\.0"$/m,
    ],
    saysNot: [/ENDS rollback/],
  },
  {
    title: "6: a destructive expand script with a deployment",
    change: ({ write, replace }) => {
      replace(PRODUCTION, "greenVersion: 1.1.0", "greenVersion: 1.4.0");
      write({ [BAD]: DESTRUCTIVE.replace("7.0.0", "1.4.0") });
    },
    outcome: "rejected",
    stacks: { production: "rejected" },
    codes: ["danger script-harmful", "danger script-incompatible"],
    says: [/_bad\.expand\.sql:2.*drop/i, /_bad\.expand\.sql:3.*add-unique/i, /breaks .* of 1\.0\.0/],
  },
  {
    title: "6b: a destructive script that no version needs yet",
    change: ({ write }) => write({ [BAD]: DESTRUCTIVE }),
    outcome: "rejected",
    codes: ["danger script-harmful", "danger script-incompatible"],
    says: [/_bad\.expand\.sql:2/, /_bad\.expand\.sql:3.*add-unique/, /Safe way:/, /^### ⛔ .*\\_bad/],
  },
  {
    title: "7: a new setting",
    change: ({ replace }) => {
      replace(
        "stack/settings/settings.ts",
        "  alarmTopicArn: text(",
        '  team: text(TOPIC_ARN, "The team."),\n  alarmTopicArn: text(',
      );
      replace("index.ts", "  return {\n", "  return {\n    team: settings.team,\n");
      setting("  changeover:team: arn:aws:sns:eu-central-1:123456789012:team-b\n")({ replace } as Branch);
    },
    outcome: "changes",
    without: ["danger"],
    says: [/team: not set → arn:aws:sns/, /\+ team:/],
  },
  {
    title: "8: a newer provider",
    change: ({ replace }) => {
      replace("package.json", '"@pulumi/aws": "^7.48.0"', '"@pulumi/aws": "^7.49.0"');
      replace("package-lock.json", '"@pulumi/aws": "^7.48.0"', '"@pulumi/aws": "^7.49.0"');
      replace(
        "package-lock.json",
        '"node_modules/@pulumi/aws": {\n      "version": "7.48.0"',
        '"node_modules/@pulumi/aws": {\n      "version": "7.49.0"',
      );
    },
    outcome: "changes",
    codes: ["warning provider-version-changed"],
    says: [
      /aws 7\.48\.0 → 7\.49\.0/,
      /cannot know which inputs of 7\.49\.0 force a replacement/,
      /pulumi preview/,
    ],
  },
  {
    title: "9: a narrower ingress of the edge",
    change: ({ replace }) =>
      replace(
        "stack/foundation.ts",
        "    allowedCidrs: allowedAtEdge(settings, network),\n",
        '    allowedCidrs: ["203.0.113.0/24"],\n',
      ),
    outcome: "changes",
    codes: ["warning port-narrowed", "warning gate-shut-out", "none exposure-unchanged"],
    says: [/health gate is shut out of production-edge unless .*203\.0\.113\.0\/24/, /production-nat/],
  },
  {
    title: "9b: another range of the network",
    change: ({ write, replace }) => {
      replace(PRODUCTION, "config:\n", "config:\n  changeover:network:\n    cidr: 10.9.0.0/16\n");
      write({});
    },
    outcome: "changes",
    codes: ["danger network-replaced"],
    without: ["none"],
    says: [/^### 🛑 .*THE NETWORK IS REPLACED: the VPC production-vpc/],
    saysNot: [/- ✅/],
  },
  {
    title: "10: protection removed",
    change: setting("  changeover:protect: false\n"),
    outcome: "changes",
    codes: ["danger data-unprotected"],
    // The buckets stay, and the next deletion of the stack would delete their objects.
    says: [/protection against data loss is removed/, /production-access-logs/, /deletionProtection/],
    saysNot: [/- ✅/],
  },
  {
    title: "11: a contract while a serving color needs the old shape",
    change: setting("  changeover:contractThrough: 0002_split_name\n"),
    outcome: "rejected",
    stacks: { production: "rejected" },
    says: [/contractThrough/],
  },
  {
    title: "12: a deployment and a flip in one change",
    change: ({ replace }) => {
      replace(PRODUCTION, "greenVersion: 1.1.0", "greenVersion: 1.2.0");
      replace(PRODUCTION, "live: blue", "live: green");
    },
    outcome: "rejected",
    stacks: { production: "rejected" },
    says: [/1\. ⛔ `live` must be /],
  },
  {
    title: "13: a misspelt key",
    change: setting("  changeover:drainSecond: 30\n  changeover:idel: off\n"),
    outcome: "rejected",
    says: [
      /for 2 reasons/,
      /1\. ⛔ `drainSecond` .*did you mean drainSeconds/,
      /1\. ⛔ `idel` .*did you mean idle/,
    ],
  },
  {
    title: "14: another alarm topic",
    change: ({ replace }) => replace(PRODUCTION, "team-a", "team-b"),
    outcome: "changes",
    codes: ["warning alarm-targets-changed"],
    without: ["danger"],
    says: [/Alarms notify other targets/, /team-a → arn:aws:sns:eu-central-1:123456789012:team-b/],
  },
  {
    title: "15: a fix in code that both versions share",
    change: ({ replace }) => replace("app/application/retry.ts", "\n", '\nconsole.error("retry");\n'),
    outcome: "changes",
    codes: ["warning version-kept"],
    without: ["danger"],
    says: [/1\.0\.0 and 1\.1\.0 were published .* keep the published artifact/, /as a new version/],
  },
  {
    title: "17: the file of the live version deleted",
    change: ({ remove }) => remove("app/versions/1.0.0.ts"),
    outcome: "rejected",
    says: [/1\.0\.0/],
  },
  {
    title: "18: another latency threshold of the alarms",
    change: setting("  changeover:thresholds:\n    slowMs: 2000\n"),
    outcome: "changes",
    codes: ["info alarms-changed", "none traffic-unchanged", "none instances-unchanged"],
    without: ["danger"],
    says: [/threshold 1 → 2/],
  },
];
