import type { PreviewReport, StackReport } from "../../../preview/report/report";

const EMPTY: StackReport = {
  ...{ stack: "dev", outcome: "same", complete: true, findings: [], resources: [], outputs: [] },
  ...{ counts: { create: 0, update: 0, replace: 0, delete: 0, same: 7 }, messages: [], notes: [] },
};
const SCRIPT = "app/migrations/0009_bad.expand.sql";
const LONG = `live must be one of ${Array.from({ length: 40 }, (_, index) => `setting${index}`).join(", ")}, got "x"`;

/** A change with an error in a script, another provider version, and settings that two stacks reject. */
export const REJECTED_REPORT: PreviewReport = {
  ...{ format: 4, project: "shop", outcome: "rejected", complete: false, runbook: "docs/runbook.md" },
  base: { ref: "main", commit: "0123456789abcdef" },
  head: { ref: "topic", commit: "fedcba9876543210" },
  findings: [
    {
      ...{ topic: "scripts", code: "script-harmful", severity: "danger" },
      summary: "ALTER TABLE records ADD UNIQUE (created_at) (add-unique): clients wait for the lock",
      details: ["line 4: add-column is suppressed: @octocat says so, see #12 ![](https://a.example/x.png)"],
      place: { file: SCRIPT, line: 3 },
      remediation: "CREATE UNIQUE INDEX CONCURRENTLY records_created_at\n  ON records (created_at);",
    },
    {
      ...{ topic: "packages", code: "provider-version-changed", severity: "warning" },
      ...{ summary: "The provider package changes, @pulumi/aws 7.48.0 → 7.49.0.", details: [] },
      place: { file: "package-lock.json" },
    },
  ],
  stacks: ["production", "staging"].map((stack) => ({
    ...EMPTY,
    ...{ stack, outcome: "rejected", complete: false },
    error: {
      ...{ outcome: "rejected", step: "evaluate", frames: [] },
      message: LONG,
      issues: [
        { key: "live", text: LONG, remedy: "Set it to blue or green." },
        { key: `${SCRIPT}:3`, text: `${SCRIPT}:3 must be safe`, place: { file: SCRIPT, line: 3 } },
      ],
    },
  })),
};

/** A flip of one stack, with a danger beside findings that found nothing; nothing changes in the other. */
export const CHANGED_REPORT: PreviewReport = {
  ...{ format: 4, project: "shop", outcome: "changes", complete: true, runbook: "docs/runbook.md" },
  ...{ base: { ref: "main" }, head: { ref: "working tree" }, findings: [] },
  stacks: [
    EMPTY,
    {
      ...EMPTY,
      ...{ stack: "production", outcome: "changes" },
      findings: [
        {
          ...{ topic: "traffic", code: "serving-instances-lost", severity: "danger" },
          summary: "The instances of blue are terminated while blue receives traffic: its requests fail.",
          details: ["blue runs 1.0.0, traffic: 100 %"],
          procedure: "Roll back by an update",
        },
        {
          topic: "data",
          code: "data-unchanged",
          severity: "none",
          summary: "No resource with data changes.",
          details: [],
        },
      ],
      resources: [
        {
          ...{
            op: "update",
            urn: "u",
            type: "aws:lb/listenerRule:ListenerRule",
            name: "edge",
            protect: false,
          },
          ...{ mayReplace: false, replaceReasons: [] },
          changes: [
            {
              path: "arn",
              kind: "update",
              old: "<TargetGroup:a.arn>",
              new: "<TargetGroup:b.arn>",
              secret: false,
              forcesReplacement: false,
            },
          ],
        },
      ],
    },
  ],
};
