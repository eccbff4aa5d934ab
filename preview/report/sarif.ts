import { FINDING_CODES, type FindingCode } from "../findings/codes";
import type { FindingSeverity } from "../findings/finding";
import type { Finding } from "../findings/registry";
import type { PreviewReport } from "./report";

const LEVELS = { danger: "error", warning: "warning", info: "note", none: "none" } as const satisfies Record<
  FindingSeverity,
  string
>;
const REJECTED = "rejected-by-program";

interface SarifResult {
  readonly ruleId: string;
  readonly level: (typeof LEVELS)[FindingSeverity];
  readonly text: string;
  readonly file: string;
  readonly line?: number;
}

/**
 * The findings that name a file, and the issues of rejected stacks that do, in SARIF 2.1.0 for code scanning. Findings
 * about resources have no file.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function toSarif(report: PreviewReport): object {
  const results = [...findingResults(report), ...issueResults(report)];
  const ids = [...new Set(results.map(({ ruleId }) => ruleId))].sort();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "changeover preview", rules: ids.map(ruleOf) } },
        results: results.map(({ ruleId, level, text, file, line }) => ({
          ...{ ruleId, ruleIndex: ids.indexOf(ruleId), level, message: { text } },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(file), uriBaseId: "%SRCROOT%" },
                region: { startLine: line ?? 1 },
              },
            },
          ],
        })),
        columnKind: "utf16CodeUnits",
      },
    ],
  };
}

function findingResults({ findings, stacks }: PreviewReport): SarifResult[] {
  const all = [...findings, ...stacks.flatMap((stack) => stack.findings)];
  return all.flatMap((finding) => {
    const { code, severity, place } = finding;
    if (place === undefined || severity === "none") return [];
    return [{ ruleId: code, level: LEVELS[severity], text: messageOf(finding), ...place }];
  });
}

function issueResults({ stacks }: PreviewReport): SarifResult[] {
  const results = stacks.flatMap(({ error }) =>
    (error?.issues ?? []).flatMap(({ text, remedy, place }): SarifResult[] =>
      place === undefined
        ? []
        : [{ ruleId: REJECTED, level: "error", text: [text, remedy].filter(Boolean).join(" "), ...place }],
    ),
  );
  // Several stacks can have the same issue.
  return [...new Map(results.map((result) => [JSON.stringify(result), result])).values()];
}

function messageOf({ summary, details, remediation }: Finding): string {
  return [summary, ...details, ...(remediation === undefined ? [] : [`Safe way:\n${remediation}`])].join(
    "\n",
  );
}

function ruleOf(id: string): object {
  const text = id === REJECTED ? "the program rejects the change" : FINDING_CODES[id as FindingCode];
  return { id, shortDescription: { text } };
}
