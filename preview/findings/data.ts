import { shortType } from "../../engine/deploy/display";
import type { Step } from "../../engine/state/step";
import { byFormerUrn, type Comparison, isDoubtful, listed, plainInputs } from "../compare/comparison";
import type { Answer } from "./answer";
import { strangers } from "./unknown-packages";

/** Types whose deletion or replacement loses what they hold. */
const HOLDS_DATA = new RegExp(
  `^aws:(${[
    "backup/vault",
    "cognito/userPool",
    "docdb/cluster(Instance)?",
    "dynamodb/(table|globalTable)",
    "ebs/volume",
    "ecr/repository",
    "efs/fileSystem",
    "elasticache/(cluster|replicationGroup)",
    "fsx/[a-zA-Z]+",
    "kinesis/stream",
    "kms/key",
    "memorydb/cluster",
    "msk/cluster",
    "neptune/cluster",
    "opensearch/domain",
    "rds/(instance|cluster|globalCluster)",
    "redshift/cluster",
    "s3/bucket(V2)?",
    "secretsmanager/secret",
    "sqs/queue",
    "timestreamwrite/table",
  ].join("|")}):`,
);

/** Safety catches: an input of what holds data, and the value with which it does not hold. */
const CATCHES = [
  ["deletionProtection", false],
  ["deletionProtectionEnabled", false],
  ["skipFinalSnapshot", true],
  ["forceDestroy", true],
] as const;

/** Is anything that holds data replaced, deleted, changed, or less protected than before. */
export function dataAnswer(comparison: Comparison): Answer {
  const { base, head, steps } = comparison;
  const holding = steps.filter(({ type, custom }) => custom && HOLDS_DATA.test(type));
  const name = (step: Step) => `${step.name} (${shortType(step.type)})`;
  const retained = new Set(
    base.resources.filter((each) => each.options.retainOnDelete).map(({ urn }) => urn),
  );
  const kept = holding.filter(({ op, urn }) => op === "delete" && retained.has(urn));
  const lost = holding.filter((step) => ["replace", "delete"].includes(step.op) && !kept.includes(step));
  const unsafe = lessProtected(base, head);
  const updated = holding.filter(({ op }) => op === "update");
  const details = [
    ...lost.map((step) => `${name(step)}: ${step.op}${because(step)}`),
    ...unsafe,
    ...kept.map((step) => `${name(step)}: leaves the stack, and stays in AWS`),
    ...updated.map((step) => `${name(step)}: update of ${step.changes.map(({ path }) => path).join(", ")}`),
  ];
  if (lost.length > 0) {
    const verbs = [...new Set(lost.map(({ op }) => `${op}d`))].sort().reverse();
    const text = `DATA LOSS: ${listed(lost.map(name))} would be ${listed(verbs)}.`;
    return { topic: "data", level: "danger", text, details };
  }
  if (unsafe.length > 0) {
    const text = "Nothing that holds data is replaced or deleted, but something loses its protection.";
    return { topic: "data", level: "danger", text, details };
  }
  if (updated.length === 0 && kept.length > 0) {
    const text = `Nothing that holds data is replaced or deleted; ${listed(kept.map(name))} leaves the stack, and stays in AWS.`;
    return { topic: "data", level: "attention", text, details: [] };
  }
  const others = strangers(comparison, ["update", "replace", "delete"]);
  if (updated.length === 0 && others !== undefined) {
    const text = `Nothing known to hold data is touched, but what holds data in ${others} this preview does not know.`;
    return { topic: "data", level: "attention", text, details };
  }
  if (updated.length === 0)
    return { topic: "data", level: "good", text: "Nothing that holds data is touched.", details };
  const doubtful = updated.filter((step) => isDoubtful(step));
  const text =
    doubtful.length > 0
      ? `${listed(doubtful.map(name))} may be replaced by what changes: this preview does not know.`
      : `Changed in place: ${listed(updated.map(name))}; nothing that holds data is replaced or deleted.`;
  return { topic: "data", level: doubtful.length > 0 ? "danger" : "attention", text, details };
}

function because({ replaceReasons }: Step): string {
  return replaceReasons.length > 0 ? ` because of ${replaceReasons.join(", ")}` : "";
}

function lessProtected(base: Comparison["base"], head: Comparison["head"]): string[] {
  const news = byFormerUrn(head, base);
  return base.resources.flatMap((old) => {
    const resource = news.get(old.urn);
    if (resource === undefined) return [];
    const isLost = old.options.protect === true && resource.options.protect !== true;
    const open: string[] = [];
    if (HOLDS_DATA.test(resource.type)) {
      const [before, after] = [plainInputs(old), plainInputs(resource)];
      for (const [key, unsafe] of CATCHES) {
        if ((before[key] ?? false) !== unsafe && (after[key] ?? false) === unsafe)
          open.push(`${key}: ${unsafe}`);
      }
    }
    const said = [...(isLost ? ["loses protect"] : []), ...(open.length > 0 ? [`gets ${listed(open)}`] : [])];
    return said.length > 0 ? [`${resource.name} (${shortType(resource.type)}) ${listed(said)}`] : [];
  });
}
