import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Graph } from "../../../engine/program/graph";
import { compareGraphs } from "../../../preview/compare/comparison";
import { findingsOf } from "../../../preview/findings/registry";
import { toText } from "../../../preview/report/text";
import { graph, reportOn, resource, wholeReport } from "./graphs";

describe("finding provider:", () => {
  const bucket = (tags = {}) => resource("aws:s3/bucket:Bucket", "records", { tags });
  const regions = { base: { "aws:region": "eu-central-1" }, head: { "aws:region": "eu-west-1" } };
  const first = (base: Graph, head: Graph, providerConfig = { base: {}, head: {} }) =>
    findingsOf(compareGraphs(base, head, undefined, providerConfig))[0];

  it("danger when the region changes, without any finding of severity none beside it", () => {
    const comparison = compareGraphs(graph(bucket()), graph(bucket()), undefined, regions);
    const findings = findingsOf(comparison);
    assert.deepEqual([findings[0]?.topic, findings[0]?.severity], ["provider", "danger"]);
    assert.match(findings[0]?.summary ?? "", /eu-central-1 → eu-west-1/);
    assert.ok(!findings.some(({ severity }) => severity === "none"));
    const report = reportOn(comparison);
    assert.equal(report.outcome, "changes");
    assert.match(
      toText(wholeReport(report)),
      /\nNo resource inputs change, only settings of the provider\.\n/,
    );
    const other = resource("aws:s3/bucket:Bucket", "other");
    const changed = compareGraphs(
      graph(bucket({ a: "1" }), other),
      graph(bucket(), other),
      undefined,
      regions,
    );
    assert.match(
      toText(wholeReport(reportOn(changed))),
      /\n1 resource changes: 1 to update; 1 with unchanged inputs\.\n/,
    );
  });

  it("danger when a setting may select another account, warning for other settings", () => {
    const changed = (key: string, base?: string, head?: string) => {
      const config = (value?: string) => (value === undefined ? {} : { [key]: value });
      return first(graph(bucket()), graph(bucket()), { base: config(base), head: config(head) });
    };
    const roles = changed("aws:assumeRoles", undefined, '[{"roleArn":"arn"}]');
    assert.deepEqual([roles?.topic, roles?.severity], ["provider", "danger"]);
    assert.match(roles?.summary ?? "", /\(aws:assumeRoles\)/);
    assert.doesNotMatch(roles?.summary ?? "", /roleArn/);
    assert.equal(changed("aws:defaultTags", "{}", '{"tags":{}}')?.severity, "warning");
    assert.equal(changed("aws:region", "eu-central-1", "eu-central-1")?.topic, "data");
  });

  it("danger when a provider of the program changes its region", () => {
    const provider = (region: string) =>
      graph(bucket(), resource("pulumi:providers:aws", "main", { region }));
    const moved = first(provider("eu-central-1"), provider("eu-west-1"));
    assert.equal(moved?.severity, "danger");
    assert.match(moved?.summary ?? "", /^provider main: region changes, eu-central-1 → eu-west-1:/);
  });
});
