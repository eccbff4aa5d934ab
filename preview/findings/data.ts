import { DELETION_SAFEGUARDS, factsOf, isAwsType } from "../../aws/resource-types";
import { shortType } from "../../engine/deploy/display";
import type { Step } from "../../engine/state/step";
import type { Comparison } from "../compare/comparison";
import { byFormerUrn, plainInputs } from "../compare/resources";
import { mayBeReplacement } from "../compare/steps";
import { enumerate } from "../wording";
import { danger, type FindingContent, nothing, warning } from "./finding";
import { unknownPackages } from "./unknown-packages";

export const dataCheck = { topic: "data", find } as const;

function find(comparison: Comparison): FindingContent[] {
  const { base, head, steps } = comparison;
  const withData = steps.filter(({ type, custom }) => custom && factsOf(type).holdsData === true);
  const retained = new Set(
    base.resources.filter((each) => each.options.retainOnDelete).map(({ urn }) => urn),
  );
  const kept = withData.filter(({ op, urn }) => op === "delete" && retained.has(urn));
  const lost = withData.filter((step) => ["replace", "delete"].includes(step.op) && !kept.includes(step));
  const lessProtected = lostProtection(base, head);
  const updated = withData.filter(({ op }) => op === "update");
  const details = [
    ...lost.map((step) => `${label(step)}: ${step.op}${because(step)}`),
    ...lessProtected,
    ...kept.map((step) => `${label(step)}: leaves the stack and stays in AWS`),
    ...updated.map((step) => `${label(step)}: update of ${step.changes.map(({ path }) => path).join(", ")}`),
  ];
  if (lost.length > 0) {
    const verbs = [...new Set(lost.map(({ op }) => `${op}d`))].sort().reverse();
    const summary = `DATA LOSS: ${enumerate(lost.map(label))} would be ${enumerate(verbs)}.`;
    return [danger("data-lost", summary, details)];
  }
  if (lessProtected.length > 0) {
    const summary =
      "No resource with data is replaced or deleted, but a protection against data loss is removed.";
    return [danger("data-unprotected", summary, details)];
  }
  if (updated.length === 0 && kept.length > 0) {
    const summary = `No resource with data is replaced or deleted; ${enumerate(kept.map(label))} leaves the stack and stays in AWS.`;
    return [warning("data-retained", summary)];
  }
  const unknown = unknownPackages(comparison, ["update", "replace", "delete"]);
  if (updated.length === 0 && unknown !== undefined) {
    const summary = `No resource that is known to hold data changes; this preview cannot tell which resources of ${unknown} hold data.`;
    return [warning("data-unclear", summary, details)];
  }
  if (updated.length === 0) return [nothing("data-unchanged", "No resource with data changes.", details)];
  const doubtful = updated.filter((step) => mayBeReplacement(step));
  if (doubtful.length > 0) {
    const summary = `${enumerate(doubtful.map(label))} may be replaced: this preview cannot tell.`;
    return [danger("data-unclear", summary, details)];
  }
  const summary = `Updated in place: ${enumerate(updated.map(label))}; no resource with data is replaced or deleted.`;
  const isDatabase = updated.some(({ type }) => isAwsType(type, "Instance") && type.includes(":rds/"));
  return [
    {
      ...warning("data-updated", summary, details),
      ...(isDatabase ? { procedure: "Change the database instance" } : {}),
    },
  ];
}

function label(resource: { readonly name: string; readonly type: string }): string {
  return `${resource.name} (${shortType(resource.type)})`;
}

function because({ replaceReasons }: Step): string {
  return replaceReasons.length > 0 ? ` because of ${replaceReasons.join(", ")}` : "";
}

function lostProtection(base: Comparison["base"], head: Comparison["head"]): string[] {
  const news = byFormerUrn(head, base);
  return base.resources.flatMap((old) => {
    const resource = news.get(old.urn);
    if (resource === undefined) return [];
    const isUnprotected = old.options.protect === true && resource.options.protect !== true;
    const unsafeInputs: string[] = [];
    if (factsOf(resource.type).holdsData) {
      const [before, after] = [plainInputs(old), plainInputs(resource)];
      for (const [key, unsafe] of Object.entries(DELETION_SAFEGUARDS)) {
        if ((before[key] ?? false) !== unsafe && (after[key] ?? false) === unsafe)
          unsafeInputs.push(`${key}: ${unsafe}`);
      }
    }
    const losses = [
      ...(isUnprotected ? ["loses protect"] : []),
      ...(unsafeInputs.length > 0 ? [`gets ${enumerate(unsafeInputs)}`] : []),
    ];
    return losses.length > 0 ? [`${label(resource)} ${enumerate(losses)}`] : [];
  });
}
