import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Graph } from "../../../engine/program/graph";
import { parseScript } from "../../../migrations/script/parse-script";
import { findingOn, graph, resource, severityAndSummary } from "./graphs";

const invocation = (payload: object, name = "step") =>
  resource("aws:lambda/invocation:Invocation", name, { input: JSON.stringify(payload) });

describe("finding migrations: pending scripts", () => {
  it("counts several invocations of one step once", () => {
    const script = parseScript("0001_a.expand.sql", "-- needed-by: 1.0.0\n\nCREATE TABLE a (id int);\n");
    const step = (name: string, mustFinish: boolean) =>
      invocation({ phase: "expand", versions: ["1.0.0"], mustFinish }, name);
    const head = graph(step("expand-1", false), step("expand-2", false), step("expand", true));
    const finding = findingOn("migrations", graph(), head, { base: [], head: [script] });
    assert.match(finding?.summary ?? "", /^Migrations: expand runs 0001_a in up to 3 invocations\. /);
    assert.deepEqual(finding?.details, ["0001_a.expand.sql, needed by 1.0.0"]);
  });

  it("danger when an applied script was edited, with what else runs", () => {
    const script = (sql: string) => [parseScript("0001_a.expand.sql", `-- needed-by: 1.0.0\n\n${sql}\n`)];
    const step = invocation({ phase: "expand", versions: ["1.0.0"] }, "expand");
    const [base, edited] = [script("CREATE TABLE a (id int);"), script("CREATE TABLE a (id bigint);")];
    const summaryOf = (head: typeof base, rerun?: string[]) => {
      const input = JSON.stringify({ phase: "expand", versions: rerun });
      const next = rerun === undefined ? step : { ...step, urn: `${step.urn}-2`, inputs: { input } };
      return severityAndSummary("migrations", graph(step), graph(next), { base, head });
    };
    const editedOnly = /^Applied scripts were edited [^:]*: 0001_a\.expand\.sql\. .* new script\.$/;
    for (const rerun of [undefined, ["1.0.0"]]) {
      const [severity, summary] = summaryOf(edited, rerun);
      assert.equal(severity, "danger");
      assert.match(summary ?? "", editedOnly);
    }
    const next = parseScript("0002_b.expand.sql", "-- needed-by: 1.1.0\n\nCREATE TABLE b (id int);\n");
    const [, both] = summaryOf([...edited, next], ["1.0.0", "1.1.0"]);
    assert.match(both ?? "", /^Applied scripts were edited .* Migrations: expand runs 0002_b\.$/);
    assert.equal(summaryOf(base, ["1.0.0"])[1], "Migrations: expand runs again with nothing pending.");
    assert.deepEqual(summaryOf(base), ["none", "No migration runs."]);
  });
});

describe("finding migrations: rejected by the migration function", () => {
  const scripts = [
    parseScript("0001_a.expand.sql", "-- needed-by: 1.0.0\n\nCREATE TABLE a (id int, b int);\n"),
    parseScript("0001_a.contract.sql", "-- dead-from: 1.1.0\n\nALTER TABLE a DROP COLUMN b;\n"),
  ];
  const contract = (through: string, ...versions: string[]) => {
    const serving = versions.map((version, index) => ({ color: index === 0 ? "blue" : "green", version }));
    return graph(invocation({ phase: "contract", through, serving }));
  };
  const expand = (...versions: string[]) => graph(invocation({ phase: "expand", versions }));
  const finding = (base: Graph, head: Graph, more = scripts) =>
    severityAndSummary("migrations", base, head, { base: scripts, head: more });
  const assertRejected = ([severity, summary]: string[], reason: RegExp) => {
    assert.equal(severity, "danger");
    assert.match(summary ?? "", /^The migration function would reject this/);
    assert.match(summary ?? "", reason);
  };

  it("danger when a contract is incompatible with a version that can still serve", () => {
    const incompatible = /: 0001_a is incompatible with 1\.0\.0, which blue can still serve\.$/;
    assertRejected(finding(graph(), contract("0001_a", "1.0.0", "1.1.0")), incompatible);
    assert.equal(finding(graph(), contract("0001_a", "1.1.0"))[0], "warning");
    const applied = contract("0001_a", "1.1.0");
    assert.match(finding(applied, contract("0001_a", "1.0.0", "1.1.0"))[1] ?? "", /nothing pending/);
    assertRejected(finding(graph(), contract("0002_b", "1.1.0")), /0002_b does not exist/);
  });

  it("danger when an applied contract is incompatible with a version of the step", () => {
    const applied = contract("0001_a", "1.1.0");
    assertRejected(
      finding(applied, expand("1.0.0", "1.1.0")),
      /0001_a is applied and incompatible with 1\.0\.0/,
    );
    assert.equal(finding(applied, expand("1.1.0", "1.2.0"))[0], "info");
    assert.equal(finding(expand("1.0.0"), expand("1.0.0", "1.1.0"))[0], "info");
  });

  it("not rejected when it is unknown which scripts the function has", () => {
    const another = parseScript("0001_z.contract.sql", "-- dead-from: 3.0.0\n\nDROP TABLE z;\n");
    assert.equal(finding(graph(), contract("0001_a", "1.0.0"), [...scripts, another])[0], "warning");
    assert.equal(finding(graph(), contract("0001_a", "1.0.0"), [])[0], "warning");
  });
});
