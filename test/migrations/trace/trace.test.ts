import assert from "node:assert/strict";
import { loadScripts } from "../../../migrations/script/load-scripts";
import { parseScript } from "../../../migrations/script/parse-script";
import { checkSequence } from "../../../migrations/script/sequence";
import { traceScripts } from "../../../migrations/trace";
import { useSharedScratch } from "../shared-scratch";

const base = `-- needed-by: 1.0.0
CREATE TABLE patients (id int PRIMARY KEY, name text, born date);
CREATE TABLE visits (id int PRIMARY KEY, patient_id int, note text);
INSERT INTO patients VALUES (1, 'a', '2000-01-01'), (2, 'b', '2001-01-01');`;

describe("trace", function () {
  this.timeout(120_000);
  const open = useSharedScratch();

  /** Findings as `line rule`, and the locks, of an expand script after the base. */
  async function traced(
    sql: string,
    header = "",
    earlier = "",
  ): Promise<{ found: string[]; locks: string | undefined }> {
    const scripts = checkSequence([
      parseScript("0001_base.expand.sql", `${base}\n${earlier}`),
      parseScript("0002_new.expand.sql", `-- needed-by: 1.1.0\n${header}${header && "\n"}${sql}`),
    ]);
    const { findings, locks } = await traceScripts(scripts, open, { from: 2 });
    const found = findings.map(
      ({ line, rule, suppressed }) => `${line} ${rule}${suppressed ? " (suppressed)" : ""}`,
    );
    return { found, locks: locks[0]?.header };
  }

  it("has no findings for the sample system, whose headers declare its locks", async () => {
    const scripts = loadScripts("test/applications/records/app/migrations");
    const { findings, locks } = await traceScripts(scripts, open);
    assert.deepEqual(findings, []);
    assert.deepEqual(
      locks.find(({ file }) => file === "0002_split_name.expand.sql"),
      { file: "0002_split_name.expand.sql", header: "records" },
    );
    assert.ok(!locks.some(({ file }) => file === "0003_names_validated.expand.sql"));
  });

  it("reports locks inside code, and on tables at the other end of a foreign key", async () => {
    const hidden = "DO $$ BEGIN EXECUTE 'ALTER TABLE ' || 'visits' || ' ADD COLUMN extra text'; END $$;";
    assert.deepEqual(await traced(hidden), { found: ["2 undeclared-lock"], locks: "visits" });
    assert.deepEqual(await traced(hidden, "-- locks: visits"), { found: [], locks: "visits" });
    const foreign =
      "ALTER TABLE visits ADD CONSTRAINT f FOREIGN KEY (patient_id) REFERENCES patients NOT VALID;";
    assert.deepEqual(await traced(foreign, "-- locks: visits"), {
      found: ["3 undeclared-lock"],
      locks: "patients in share row exclusive, visits in share row exclusive",
    });
    assert.deepEqual((await traced(foreign, "-- locks: visits, patients in share row exclusive")).found, []);
    assert.deepEqual((await traced(foreign, "-- locks: visits, patients in share")).found, [
      "3 undeclared-lock",
    ]);
  });

  it("shows the whole header in the advice for a missing lock", async () => {
    const scripts = checkSequence([
      parseScript("0001_base.expand.sql", base),
      parseScript(
        "0002_new.expand.sql",
        "-- needed-by: 1.1.0\n-- locks: visits\nALTER TABLE visits ADD FOREIGN KEY (patient_id) REFERENCES patients NOT VALID;",
      ),
    ]);
    const { findings } = await traceScripts(scripts, open, { from: 2 });
    assert.deepEqual(
      findings.map(({ remediation }) => remediation),
      ["-- locks: visits, patients in share row exclusive"],
    );
  });

  it("asks for no lock on a materialized view, which LOCK TABLE does not accept", async () => {
    const view = "CREATE MATERIALIZED VIEW names AS SELECT name FROM patients";
    assert.deepEqual(await traced(`${view};\nDROP MATERIALIZED VIEW names;\n${view};`), {
      found: [],
      locks: undefined,
    });
    assert.deepEqual((await traced(`DROP MATERIALIZED VIEW names;\n${view};`, "", `${view};`)).found, []);
  });

  it("reports rows that triggers, rules and cascades change although the statement does not name their table", async () => {
    const trigger = `CREATE TABLE log (id int);
CREATE FUNCTION clear() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE visits SET note = ''; RETURN NEW; END $$;
CREATE TRIGGER clears AFTER INSERT ON log FOR EACH ROW EXECUTE FUNCTION clear();
INSERT INTO log VALUES (1);`;
    assert.deepEqual((await traced(trigger)).found, ["5 rows-locked-by-code"]);
    const rule = "CREATE RULE clears AS ON UPDATE TO patients DO ALSO DELETE FROM visits;";
    const update = "UPDATE patients SET name = 'c' WHERE id = 1;";
    assert.deepEqual((await traced(update, "", rule)).found, ["2 rows-locked-by-code"]);
    const event = `CREATE FUNCTION clear() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM visits; END $$;
CREATE EVENT TRIGGER clears ON ddl_command_end EXECUTE FUNCTION clear();
CREATE TABLE log (id int);
DROP EVENT TRIGGER clears;`;
    assert.deepEqual((await traced(event)).found, ["4 rows-locked-by-code"]);
    assert.deepEqual((await traced(update)).found, []);
  });

  it("ignores tables that the script creates, and locks of an earlier statement", async () => {
    const own = "CREATE TABLE own (id int);\nDO $$ BEGIN ALTER TABLE own ADD COLUMN x int; END $$;";
    assert.deepEqual(await traced(own), { found: [], locks: undefined });
    const twice =
      "ALTER TABLE visits ADD COLUMN x int;\nALTER TABLE visits ADD COLUMN y int;\nDROP TABLE patients;";
    assert.deepEqual((await traced(twice)).found, ["2 undeclared-lock", "4 undeclared-lock"]);
  });

  it("reports rewrites, scans under a lock and changed rows by code", async () => {
    const run = (body: string, header = "") => traced(`DO $$ BEGIN ${body} END $$;`, header);
    assert.deepEqual((await run("ALTER TABLE patients ALTER id TYPE bigint;", "-- locks: patients")).found, [
      "3 rewrite-in-code",
    ]);
    assert.deepEqual(
      (await run("ALTER TABLE patients ADD CHECK (name <> '');", "-- locks: patients")).found,
      ["3 scan-under-lock"],
    );
    assert.deepEqual((await run("UPDATE patients SET name = 'x' WHERE born IS NULL;")).found, [
      "2 rows-locked-by-code",
    ]);
    assert.deepEqual((await run("UPDATE patients SET name = 'x' WHERE id = 1;")).found, []);
    assert.deepEqual((await run("PERFORM count(*) FROM patients;")).found, []);
    const viaFunction =
      "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ UPDATE patients SET name = 'x' $$;\nSELECT f();";
    assert.deepEqual((await traced(viaFunction)).found, ["3 rows-locked-by-code"]);
  });

  it("leaves plain statements to the lint, and applies suppressions", async () => {
    const plain = "ALTER TABLE patients ALTER COLUMN id TYPE bigint;";
    assert.deepEqual((await traced(plain, "-- locks: patients")).found, []);
    const reasoned = "\n-- lint-ignore undeclared-lock: not used yet\nALTER TABLE visits ADD COLUMN x int;";
    assert.deepEqual((await traced(reasoned)).found, ["4 undeclared-lock (suppressed)"]);
  });

  it("reports a backfill without an index, and one that locks tables", async () => {
    const backfill = (statement: string, before = "") =>
      traced(`${before}\n-- backfill: patients\n-- key: id\n${statement}`);
    assert.deepEqual(
      (await backfill("UPDATE patients SET name = 'x' WHERE id BETWEEN $1 AND $2;")).found,
      [],
    );
    assert.deepEqual(
      (await backfill("UPDATE patients SET name = 'x' WHERE id + 0 BETWEEN $1 AND $2;")).found,
      ["5 backfill-scan"],
    );
    const trigger =
      "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN LOCK TABLE visits; RETURN new; END $$;\n" +
      "CREATE TRIGGER t BEFORE UPDATE ON patients FOR EACH ROW EXECUTE FUNCTION t();";
    const { found } = await traced(
      `${trigger}\n-- backfill: patients\n-- key: id\nUPDATE patients SET name = 'x' WHERE id BETWEEN $1 AND $2;`,
      "-- locks: patients",
    );
    assert.deepEqual(found, ["4 trigger-blocks-writes", "7 backfill-lock"]);
  });

  it("takes the header's locks before the script, and rejects one on what does not exist yet", async () => {
    const rejected = (header: string, sql: string) =>
      traced(sql, header).then(
        () => "applied",
        (error: Error) => error.message,
      );
    const change = "ALTER TABLE patients ADD COLUMN x int;";
    assert.match(
      await rejected("-- a comment\n-- locks: patients, pateints", change),
      /^0002_new\.expand\.sql:3: locks must be tables that exist before the script, got pateints \(relation "pateints" does not exist\)/,
    );
    assert.match(
      await rejected("-- locks: own", "CREATE TABLE own (id int);"),
      /^0002_new\.expand\.sql:2: locks must be tables that exist before the script, got own/,
    );
    assert.match(
      await rejected("-- locks: user", change),
      /:2: locks must be .*, got "user" \(relation "user"/,
    );
    assert.equal(await rejected("-- locks: patients", change), "applied");
  });

  it("covers partitions by a lock on their table, and advises only that lock", async () => {
    const partitioned = `-- needed-by: 1.0.0
CREATE TABLE m (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE m24 PARTITION OF m FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');`;
    const change = (header: string) =>
      traceScripts(
        checkSequence([
          parseScript("0001_base.expand.sql", partitioned),
          parseScript("0002_new.expand.sql", `-- needed-by: 1.1.0\n${header}ALTER TABLE m ADD COLUMN q int;`),
        ]),
        open,
        { from: 2 },
      );
    const declared = await change("-- locks: m\n");
    assert.deepEqual(declared.findings, []);
    const { findings, locks } = await change("");
    assert.deepEqual(
      findings.map(({ rule, remediation }) => [rule, remediation]),
      [["undeclared-lock", "-- locks: m"]],
    );
    assert.deepEqual(locks, [{ file: "0002_new.expand.sql", header: "m" }]);
  });

  it("rejects a script that does not apply, with file and line", async () => {
    await assert.rejects(traced("SELECT 1;\nSELECT nothing;"), {
      name: "ScriptError",
      message: '0002_new.expand.sql:3: column "nothing" does not exist.',
    });
  });
});
