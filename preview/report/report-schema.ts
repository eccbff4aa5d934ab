import { z } from "zod";
import { FINDING_CODES, type FindingCode } from "../findings/codes";
import type { PreviewReport } from "./report";

const text = z.string();
const texts = z.array(text).readonly();
const severity = z.enum(["danger", "warning", "info", "none"]);
const codes = Object.keys(FINDING_CODES) as [FindingCode, ...FindingCode[]];

const place = z
  .object({
    file: text.describe("Path relative to the root of the repository."),
    line: z.int().min(1).optional().describe("Line from 1; absent for the whole file."),
  })
  .readonly();

const finding = z
  .object({
    topic: z.enum([
      ...([
        "provider",
        "network",
        "traffic",
        "healthGate",
        "ingress",
        "rollback",
        "protection",
        "data",
      ] as const),
      ...(["migrations", "exposure", "instances", "nextDeployment", "versions", "alarms"] as const),
      ...(["config", "packages", "scripts", "sources"] as const),
    ]),
    code: z.enum(codes).describe("Stable name of the kind of finding."),
    severity: severity.describe(
      "danger: outage or data loss; warning: must be intended; none: nothing to review.",
    ),
    summary: text,
    details: texts,
    place: place.optional(),
    remediation: text.optional().describe("SQL or commands that make the change safely."),
    procedure: text.optional().describe("Heading of the procedure in the runbook."),
  })
  .readonly();

const revision = z.object({ ref: text, commit: text.optional() }).readonly();

const revisionError = z
  .object({
    outcome: z.enum(["rejected", "failed"]),
    step: z.enum(["install", "evaluate"]),
    message: text,
    issues: z
      .array(
        z.object({ key: text.optional(), text, remedy: text.optional(), place: place.optional() }).readonly(),
      )
      .readonly()
      .describe("The reasons of a rejection, one by one."),
    frames: texts.describe("Stack frames in the program's own files, innermost first."),
  })
  .readonly();

const change = z
  .object({
    path: text,
    kind: z.enum(["add", "update", "delete"]),
    old: z.unknown().optional(),
    new: z.unknown().optional(),
    secret: z.boolean(),
    forcesReplacement: z.boolean(),
    lines: z
      .array(z.object({ sign: z.enum([" ", "-", "+", "…"]), text }).readonly())
      .readonly()
      .optional(),
  })
  .readonly();

const resource = z
  .object({
    op: z.enum(["create", "update", "replace", "delete", "import"]),
    ...{ urn: text, type: text, name: text, protect: z.boolean() },
    retained: z.literal(true).optional(),
    successorOf: text.optional().describe("The deleted resource whose place a new one takes."),
    mayReplace: z.boolean(),
    replaceReasons: texts,
    changes: z.array(change).readonly(),
  })
  .readonly();

const outcome = z.enum(["same", "changes", "rejected", "failed", "uncompared"]);
const number = z.int().min(0);

const stack = z
  .object({
    stack: text,
    outcome,
    error: revisionError.optional(),
    baseError: revisionError.optional(),
    complete: z.boolean(),
    declared: number.optional(),
    findings: z.array(finding).readonly(),
    counts: z
      .object({ create: number, update: number, replace: number, delete: number, same: number })
      .readonly(),
    resources: z.array(resource).readonly(),
    outputs: z.array(change).readonly(),
    messages: z
      .array(z.object({ severity: z.enum(["warning", "error"]), message: text }).readonly())
      .readonly(),
    notes: texts,
  })
  .readonly();

/** The schema of `--format json`, from which docs/preview.schema.json is generated. */
export const previewReportSchema = z
  .object({
    format: z.literal(4),
    project: text,
    base: revision,
    head: revision,
    outcome: outcome.describe("The worst outcome of the files and of the stacks."),
    complete: z.boolean().describe("False if a part could not be compared; the notes name it."),
    findings: z.array(finding).readonly().describe("Findings on files of the change, for every stack."),
    stacks: z.array(stack).readonly(),
    runbook: text.optional().describe("Path of the runbook to which findings refer."),
  })
  .readonly();

/** Fails to compile if the schema and the types differ. */
type Same<A, B> = [A, B] extends [B, A] ? true : false;
const isCurrent: Same<z.infer<typeof previewReportSchema>, PreviewReport> = true;

export function previewReportJsonSchema(): object {
  if (!isCurrent) throw new Error("The schema of the report must be current.");
  return {
    ...z.toJSONSchema(previewReportSchema, { io: "input" }),
    title: "Report of changeover preview",
  };
}
