import { REQUIREMENTS } from "./requirements";
import type { Verification } from "./verify";

/** A verification with the requirements in full, as `--json` has it. */
export function verificationReport({ results, ...rest }: Verification) {
  return {
    ...rest,
    results: results.map((result) => {
      const { required, remedy, docs } = REQUIREMENTS[result.requirement];
      return { ...result, required, remedy, docs };
    }),
  };
}

/** A line for each requirement; failed ones with what is required and what to do. */
export function verificationText({
  application,
  version,
  outcome,
  durationSeconds,
  results,
}: Verification): string {
  const width = Math.max(...results.map((each) => nameOf(each).length));
  const lines = results.map((result) => {
    const line = `  ${LABELS[result.outcome].padEnd(14)} ${nameOf(result).padEnd(width)}  ${result.seen}`;
    if (result.outcome !== "failed") return line;
    const { required, remedy, docs } = REQUIREMENTS[result.requirement];
    return `${line}\n    Required: ${required}\n    Remedy: ${remedy} See ${docs}.`;
  });
  const failed = results.filter((each) => each.outcome === "failed").map(nameOf);
  const count = (wanted: string) => results.filter((each) => each.outcome === wanted).length;
  const counts = `${count("passed")} passed, ${failed.length} failed, ${count("not exercised")} not exercised, in ${durationSeconds} s.`;
  const last = outcome === "failed" ? `FAILED: ${failed.join(", ")}. ${counts}` : `PASSED: ${counts}`;
  return `${application} ${version}\n\n${lines.join("\n")}\n\n${last}\n`;
}

const LABELS = { passed: "passed", failed: "FAILED", "not exercised": "not exercised" } as const;

function nameOf({ requirement, tier }: Verification["results"][number]): string {
  return tier === undefined ? requirement : `${tier} ${requirement}`;
}
