import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { FINDING_CODES } from "../../../preview/findings/codes";
import { previewReportJsonSchema, previewReportSchema } from "../../../preview/report/report-schema";
import { toSarif } from "../../../preview/report/sarif";
import { REJECTED_REPORT } from "./sample-reports";

const PUBLISHED = join(__dirname, "..", "..", "..", "docs", "preview-report.schema.json");

describe("preview report schema:", () => {
  it("is published in docs/ as it is", () => {
    const published: unknown = JSON.parse(readFileSync(PUBLISHED, "utf8"));
    const current: unknown = JSON.parse(JSON.stringify(previewReportJsonSchema()));
    assert.deepEqual(
      published,
      current,
      "Run `changeover schema`, and raise `format` if a reader can break.",
    );
  });

  it("accepts a report as JSON and rejects a wrong code", () => {
    const json: unknown = JSON.parse(JSON.stringify(REJECTED_REPORT));
    assert.deepEqual(previewReportSchema.parse(json), json);
    const [finding] = REJECTED_REPORT.findings;
    const wrong = { ...REJECTED_REPORT, findings: [{ ...finding, code: "no-such-code" }] };
    assert.equal(previewReportSchema.safeParse(wrong).success, false);
  });

  it("documents every code", () => {
    const page = readFileSync(join(__dirname, "..", "..", "..", "docs", "preview.md"), "utf8");
    for (const code of Object.keys(FINDING_CODES)) assert.ok(page.includes(`\`${code}\``), code);
  });
});

describe("preview report as SARIF:", () => {
  interface Sarif {
    readonly version: string;
    readonly runs: readonly {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly level: string;
        readonly message: { readonly text: string };
        readonly locations: readonly {
          readonly physicalLocation: {
            readonly artifactLocation: { readonly uri: string };
            readonly region: { readonly startLine: number };
          };
        }[];
      }[];
    }[];
  }
  const [sarifRun] = (toSarif(REJECTED_REPORT) as Sarif).runs;
  const results = sarifRun?.results ?? [];

  it("has the findings with a file, and the rejected settings with one", () => {
    const places = results.map(({ ruleId, level, locations }) => {
      const { artifactLocation, region } = locations[0]?.physicalLocation ?? {};
      return `${level} ${ruleId} ${artifactLocation?.uri}:${region?.startLine}`;
    });
    assert.deepEqual(places, [
      "error script-harmful app/migrations/0009_bad.expand.sql:3",
      "warning provider-version-changed package-lock.json:1",
      "error rejected-by-program app/migrations/0009_bad.expand.sql:3",
    ]);
  });

  it("is valid: each result names its rule by index, and each text is given", () => {
    assert.equal((toSarif(REJECTED_REPORT) as Sarif).version, "2.1.0");
    const rules = sarifRun?.tool.driver.rules.map(({ id }) => id) ?? [];
    for (const { ruleId, ruleIndex, message, level } of results) {
      assert.equal(rules[ruleIndex], ruleId);
      assert.ok(message.text.length > 0 && ["error", "warning", "note", "none"].includes(level));
    }
    assert.equal(new Set(rules).size, rules.length);
  });
});
