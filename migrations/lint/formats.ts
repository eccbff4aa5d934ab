import type { LintFinding } from "./finding";
import type { LintReport } from "./report";
import { rules } from "./rules";

export type ReportFormat = "text" | "json" | "sarif" | "github";

const message = ({ impact, remediation }: LintFinding) => `${impact}\nRemediation:\n${remediation}`;

function sarifRule(id: string) {
  const impact = rules.find(({ name }) => name === id)?.impact;
  const text = impact === undefined || /^\{\w+\}$/.test(impact) ? id : impact.replace(/\{(\w+)\}/g, "the $1");
  return { id, shortDescription: { text } };
}

/**
 * The report in SARIF 2.1.0.
 *
 * @param uriOf path of a script relative to the root of the repository
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarifReport({ findings }: LintReport, uriOf: (file: string) => string): object {
  const ids = [...new Set(findings.map(({ rule }) => rule))].sort();
  const results = findings.map((finding) => ({
    ruleId: finding.rule,
    ruleIndex: ids.indexOf(finding.rule),
    level: finding.severity,
    message: { text: message(finding) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(uriOf(finding.file)) },
          region: { startLine: finding.line },
        },
      },
    ],
    ...(finding.suppressed && {
      suppressions: [{ kind: "inSource", justification: finding.suppressed.reason }],
    }),
  }));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{ tool: { driver: { name: "changeover lint", rules: ids.map(sarifRule) } }, results }],
  };
}

const escapeData = (text: string) =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const escapeProperty = (text: string) => escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/**
 * Workflow commands that GitHub shows as annotations. Suppressed findings are left out.
 *
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
export function githubReport({ findings }: LintReport, uriOf: (file: string) => string): string {
  return findings
    .filter(({ suppressed }) => !suppressed)
    .map((finding) => {
      const place = `file=${escapeProperty(uriOf(finding.file))},line=${finding.line},title=${escapeProperty(finding.rule)}`;
      return `::${finding.severity} ${place}::${escapeData(message(finding))}\n`;
    })
    .join("");
}
