import assert from "node:assert/strict";
import { analyzeInWorker } from "../../../migrations/analysis/analyze-in-worker";
import { parseScript } from "../../../migrations/script/parse-script";
import { ScriptError } from "../../../migrations/script/script-error";

const expand = (number: number, sql: string) =>
  parseScript(`000${number}_s${number}.expand.sql`, `-- needed-by: 1.0.0\n${sql}\n`);
const visits = expand(1, "CREATE TABLE visits (id int PRIMARY KEY, name text);");

describe("analysis: worker", function () {
  // The first run creates the template database.
  this.timeout(120_000);

  it("combines lint, trace and queries without duplicates", async () => {
    const scripts = [
      visits,
      expand(2, "ALTER TABLE visits ALTER COLUMN id TYPE bigint;"),
      expand(3, "DO $$ BEGIN EXECUTE 'ALTER TABLE ' || 'visits ADD CHECK (id > 0)'; END $$;"),
    ];
    const queries = { one: "select id from visits" };
    const { breaks, findings, unusable } = await analyzeInWorker({
      scripts,
      versions: [{ version: "1.0.0", file: "app/versions/1.0.0.ts", queries }],
    });
    assert.equal(unusable, undefined);
    assert.deepEqual(breaks, []);
    const places = findings.map(({ file, line, rule }) => `${file}:${line} ${rule}`);
    assert.equal(new Set(places).size, places.length);
    assert.ok(places.includes("0002_s2.expand.sql:2 change-column-type"), places.join("; "));
    assert.ok(
      places.some((place) => place.startsWith("0003_s3.expand.sql:2 ")),
      places.join("; "),
    );
  });

  it("reports a syntax error with file and line", async () => {
    const { unusable } = await analyzeInWorker({
      scripts: [visits, expand(2, "ALTR TABLE visits;")],
      versions: [],
    });
    assert.match(unusable ?? "", /^0002_s2\.expand\.sql:2: PostgreSQL does not understand/);
  });

  it("stops an endless script at the limit, with its file", async () => {
    const scripts = [visits, expand(2, "DO $$ BEGIN LOOP END LOOP; END $$;")];
    const start = performance.now();
    await assert.rejects(analyzeInWorker({ scripts, versions: [] }, 4), (error: unknown) => {
      assert.ok(error instanceof ScriptError);
      assert.match(error.message, /^0002_s2\.expand\.sql: the analysis .* must end within 4 s/);
      return true;
    });
    assert.ok(performance.now() - start < 60_000);
  });
});
