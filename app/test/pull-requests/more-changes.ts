import { DEV, NEXT, PRODUCTION, type PullRequest, setting } from "./changes";

const production =
  (from: string, to: string): PullRequest["change"] =>
  ({ replace }) =>
    replace(PRODUCTION, from, to);

/** Pull requests that a team also makes, besides those of {@link PULL_REQUESTS}. */
export const MORE_PULL_REQUESTS: readonly PullRequest[] = [
  {
    title: "two stacks changed at once",
    change: ({ replace }) => {
      replace(PRODUCTION, "live: blue", "live: green");
      replace(DEV, "config:\n", "config:\n  changeover:rollbackWindowMinutes: 60\n");
    },
    stacksPreviewed: "all",
    outcome: "changes",
    stacks: { production: "changes", dev: "changes" },
    codes: ["warning traffic-shifted", "info config-changed"],
    says: [/^### .*production: All traffic shifts from blue to green/, /rollbackWindowMinutes: 1440 → 60/],
  },
  {
    title: "a new stack",
    change: ({ write }) =>
      write({
        "Pulumi.staging.yaml":
          "config:\n  aws:region: eu-central-1\n  changeover:allowPlainHttp: true\n  changeover:blueVersion: 1.1.0\n",
      }),
    stacksPreviewed: "all",
    outcome: "changes",
    stacks: { staging: "changes" },
    codes: ["info stack-added"],
    says: [/Pulumi\.staging\.yaml is new/],
  },
  {
    title: "a deleted stack file",
    change: ({ remove }) => remove(PRODUCTION),
    stacksPreviewed: "all",
    outcome: "changes",
    stacks: { production: "changes", dev: "same" },
    codes: ["warning stack-deleted"],
    says: [/resources of production stay in the cloud/],
  },
  {
    title: "a minimum above the maximum of instances",
    change: production("minInstances: 2", "minInstances: 9"),
    outcome: "rejected",
    says: [/web\.(min|max)Instances/],
  },
  {
    title: "a renamed setting",
    change: production("alarmTopicArn", "alarmTopic"),
    outcome: "rejected",
    says: [/alarmTopic/, /did you mean alarmTopicArn/],
  },
  {
    title: "a canary and a flip together",
    change: ({ replace }) => replace(PRODUCTION, "live: blue", "live: green\n  changeover:canaryPercent: 10"),
    outcome: "changes",
    codes: ["warning traffic-shifted", "none rollback-open"],
    says: [/90 % of the traffic shifts from blue to green/, /traffic can roll back from 1\.1\.0 to 1\.0\.0/],
  },
  {
    title: "an edited script that is released",
    change: ({ append }) => append("app/migrations/0002_split_name.expand.sql", "\n-- a remark\n"),
    outcome: "rejected",
    codes: ["danger script-changed"],
    says: [/0002.*is edited, and production has applied it/],
  },
  {
    title: "a deleted script",
    change: ({ remove }) => remove("app/migrations/0003_names_validated.expand.sql"),
    outcome: "rejected",
    codes: ["danger script-changed"],
    says: [/0003.*\.expand\.sql is deleted, and production has applied it/],
  },
  {
    title: "a renamed script",
    change: ({ rename }) =>
      rename(
        "app/migrations/0003_names_validated.expand.sql",
        "app/migrations/0003_names_checked.expand.sql",
      ),
    outcome: "rejected",
    codes: ["danger script-changed"],
    says: [/is renamed to 0003.*checked\.expand\.sql, and production has applied it/],
  },
  {
    title: "a version without sources or manifest",
    change: production("greenVersion: 1.1.0", "greenVersion: 7.0.0"),
    outcome: "rejected",
    says: [/7\.0\.0/],
  },
  {
    title: "another domain",
    change: production("records.example.com", "files.example.com"),
    outcome: "changes",
    codes: ["danger dns-name-lost"],
    says: [/^### 🛑 .*records\.example\.com loses its record/, /files\.example\.com/],
    saysNot: [/- ✅/],
  },
  {
    title: "another class of the database",
    change: setting("  changeover:database:\n    instanceClass: db.r7g.large\n"),
    outcome: "changes",
    codes: ["warning data-updated"],
    says: [/instanceClass/],
  },
  {
    title: "a smaller storage of the database",
    change: setting("  changeover:database:\n    storageGib: 5\n"),
    outcome: "rejected",
    says: [/storageGib/],
  },
  {
    title: "a lockfile alone",
    change: ({ replace }) => replace("package-lock.json", '"lockfileVersion": 3', '"lockfileVersion":  3'),
    outcome: "same",
    says: [/No resources change/],
    saysNot: [/DATA LOSS/],
  },
  {
    title: "the compiler's options",
    change: ({ replace }) => replace("tsconfig.json", '"skipLibCheck": true', '"skipLibCheck": false'),
    outcome: "same",
    says: [/No resources change/],
  },
  {
    title: "a workflow alone",
    change: ({ write }) => write({ ".github/workflows/lint.yml": "on: push\njobs: {}\n" }),
    stacksPreviewed: "all",
    outcome: "same",
    says: [/No changes/],
  },
  {
    title: "markers of a merge conflict in a stack's file",
    change: production(
      "  changeover:live: blue\n",
      "<<<<<<< HEAD\n  changeover:live: blue\n=======\n  changeover:live: green\n>>>>>>> flip\n",
    ),
    outcome: "rejected",
    says: [/Pulumi\.production\.yaml.*line 3 must not be a marker of a merge conflict/],
  },
  {
    title: "markers of a merge conflict in the program",
    change: ({ replace }) => replace("stack/tiers.ts", "import ", "<<<<<<< HEAD\nimport "),
    outcome: "failed",
    says: [/stack\/tiers\.ts/],
  },
  {
    title: "a binary file",
    change: ({ write }) => write({ "app/logo.png": "\u0000\u0001\ufffdPNG" }),
    outcome: "same",
    says: [/No changes/],
  },
  {
    title: "a script that is a link to another file",
    change: ({ link }) => link("app/migrations/0099_link.expand.sql", "/etc/hostname"),
    outcome: "rejected",
    codes: ["danger script-invalid"],
    says: [/0099_link/],
  },
  {
    title: "an encrypted value of a setting",
    change: setting("  changeover:certificateArn:\n    secure: v1:abc:def\n"),
    outcome: "rejected",
    says: [/certificateArn/, /must be a plain value/],
    saysNot: [/v1:abc/],
  },
  {
    title: "a huge value of a setting",
    change: setting(`  changeover:name: ${"x".repeat(60_000)}\n`),
    outcome: "rejected",
    says: [/name/],
    saysNot: [/x{600}/],
  },
  {
    title: "a contract script alone",
    change: ({ write }) =>
      write({
        [`app/migrations/${NEXT}_old.contract.sql`]:
          "-- dead-from: 7.0.0\n-- locks: records\nalter table records drop column if exists old;\n",
      }),
    outcome: "changes",
    codes: ["info script-new"],
    without: ["danger"],
    says: [/contract, dead from 7\.0\.0/, /It runs in the first update with contractThrough/],
  },
  {
    title: "a link that leads out of the repository",
    change: ({ link }) => link("app/notes.md", "/etc/hostname"),
    outcome: "same",
    says: [/No resources change/],
  },
  {
    title: "the idle color retired",
    change: setting("  changeover:idle: off\n"),
    outcome: "changes",
    codes: ["info instances-changed"],
    without: ["danger"],
    says: [/Instances/],
  },
  {
    title: "a color without a version",
    change: ({ replace }) => replace(PRODUCTION, "  changeover:greenVersion: 1.1.0\n", ""),
    outcome: "changes",
    codes: ["info instances-changed", "info rollback-not-possible"],
    without: ["danger"],
    says: [/green runs no version \(ran 1\.1\.0\)/, /Instances: 4 fewer/],
  },
];
