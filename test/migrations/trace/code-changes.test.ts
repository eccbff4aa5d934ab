import assert from "node:assert/strict";
import { parseScript } from "../../../migrations/script/parse-script";
import { checkSequence } from "../../../migrations/script/sequence";
import { traceScripts } from "../../../migrations/trace";
import { useSharedScratch } from "../shared-scratch";

const base = `-- needed-by: 1.0.0
CREATE TABLE rooms (id int PRIMARY KEY, name text NOT NULL, size int);
CREATE TABLE logs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, room int, "changedAt" timestamp);
CREATE TABLE days (day date NOT NULL, note text) PARTITION BY RANGE (day);
CREATE TABLE days_2024 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE FUNCTION log_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO logs (room, "changedAt") VALUES (NEW.id, now());
  RETURN NULL;
END
$$;
CREATE TRIGGER log AFTER INSERT OR UPDATE ON rooms FOR EACH ROW EXECUTE FUNCTION log_room();
CREATE FUNCTION room_names() RETURNS text LANGUAGE sql AS 'SELECT string_agg(name, '','') FROM rooms';
CREATE FUNCTION room_size(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE found_size int;
BEGIN
  IF n > 100 THEN SELECT r.size INTO found_size FROM rooms r WHERE r.id = n; END IF;
  RETURN found_size;
END
$$;`;

const triggerOn = (table: string, body: string, when = "BEFORE INSERT") =>
  `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ ${body} $$;
CREATE TRIGGER t ${when} ON ${table} FOR EACH ROW EXECUTE FUNCTION f();`;

describe("trace: code that a script breaks", function () {
  this.timeout(120_000);
  const open = useSharedScratch();

  async function traced(sql: string, phase = "expand", locks = "rooms"): Promise<string[]> {
    const version = phase === "expand" ? "needed-by" : "dead-from";
    const scripts = checkSequence([
      parseScript("0001_base.expand.sql", base),
      parseScript(`0002_new.${phase}.sql`, `-- ${version}: 1.1.0\n-- locks: ${locks}\n${sql}`),
    ]);
    const { findings } = await traceScripts(scripts, open, { from: 2 });
    return findings.map(({ line, rule, impact }) => `${line} ${rule}: ${impact}`);
  }

  const disturbing: readonly [why: string, body: string, expected: RegExp, when?: string][] = [
    [
      "an error for each row",
      "BEGIN PERFORM 1 / 0; RETURN NEW; END",
      /refuses.*INSERT of .*division by zero/,
    ],
    ["a row that is dropped", "DECLARE r rooms; BEGIN RETURN r; END", /refuses.*INSERT.*the row is dropped/],
    ["a value that a constraint rejects", "BEGIN NEW.name := NULL; RETURN NEW; END", /refuses.*null value/],
    [
      "an error only for the second row",
      "BEGIN INSERT INTO logs (id, room) OVERRIDING SYSTEM VALUE VALUES (1, 2); RETURN NEW; END",
      /refuses.*second INSERT.*duplicate key/,
    ],
    [
      "a change that is lost",
      "DECLARE r rooms; BEGIN r := OLD; RETURN r; END",
      /refuses.*the change is dropped/,
      "BEFORE UPDATE",
    ],
    [
      "a lock in text that is composed at run time",
      "BEGIN EXECUTE 'LOCK TABLE ' || 'logs'; RETURN NEW; END",
      /blocks.*INSERT.*locks logs in ACCESS EXCLUSIVE/,
    ],
    [
      "a missing table in a branch that no generated row reaches",
      "BEGIN IF NEW.name = 'never' THEN DELETE FROM nowhere WHERE id = NEW.id; END IF; RETURN NEW; END",
      /refuses.*relation "nowhere" does not exist/,
    ],
    [
      "a missing function",
      "BEGIN IF NEW.name = 'never' THEN NEW.size := nothing(NEW.id); END IF; RETURN NEW; END",
      /refuses.*function nothing\(integer\) does not exist/,
    ],
  ];
  for (const [why, body, expected, when] of disturbing) {
    it(`finds a new trigger with ${why}`, async () => {
      const [found = "", ...others] = await traced(triggerOn("rooms", body, when));
      assert.match(found, expected);
      assert.deepEqual(others, []);
    });
  }

  it("finds a trigger on a partitioned table, and a replaced function", async () => {
    const [onPartitions] = await traced(
      triggerOn("days", "BEGIN PERFORM 1 / 0; RETURN NEW; END"),
      "expand",
      "days",
    );
    assert.match(onPartitions ?? "", /^4 trigger-refuses-writes: .* writes to days.*division by zero/);
    const [replaced] = await traced(
      "CREATE OR REPLACE FUNCTION log_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO logs (place) VALUES (1); RETURN NULL; END $$;",
    );
    assert.match(
      replaced ?? "",
      /^3 trigger-refuses-writes: .*column "place" of relation "logs" does not exist/,
    );
  });

  const harmless: readonly [why: string, sql: string][] = [
    [
      "a trigger that corrects rows",
      triggerOn("rooms", "BEGIN NEW.name := trim(NEW.name); RETURN NEW; END", "BEFORE INSERT OR UPDATE"),
    ],
    [
      "a trigger that writes a log of its own",
      `CREATE TABLE names (room int, name text);\n${triggerOn("rooms", "BEGIN INSERT INTO names VALUES (NEW.id, NEW.name); RETURN NULL; END", "AFTER INSERT OR UPDATE")}`,
    ],
    [
      "a function for several tables",
      triggerOn("rooms", "BEGIN IF TG_TABLE_NAME = 'days' THEN NEW.note := 'x'; END IF; RETURN NEW; END"),
    ],
    [
      "a trigger that uses a temporary table of its function",
      triggerOn(
        "rooms",
        "BEGIN CREATE TEMP TABLE IF NOT EXISTS seen (id int); INSERT INTO seen VALUES (NEW.id); RETURN NEW; END",
      ),
    ],
  ];
  for (const [why, sql] of harmless) {
    it(`accepts ${why}`, async () => assert.deepEqual(await traced(sql), []));
  }

  const removals: readonly [sql: string, expected: RegExp][] = [
    ["DROP TABLE logs;", /breaks-code: The function log_room\(\).*writes to rooms fail: relation "logs"/],
    ['ALTER TABLE logs DROP COLUMN "changedAt";', /log_room\(\).*column "changedAt" of relation "logs"/],
    [`DO $$ BEGIN EXECUTE 'ALTER TABLE logs DROP COLUMN ' || 'room'; END $$;`, /log_room\(\).*column "room"/],
    ["ALTER TABLE rooms DROP COLUMN size;", /room_size\(integer\).*column r\.size does not exist/],
    ["ALTER TABLE rooms DROP COLUMN name;", /room_names\(\).*column "name" does not exist/],
    ["ALTER TABLE rooms RENAME COLUMN id TO number;", /breaks-code: The function (?:log_room|room_size)/],
  ];
  for (const [sql, expected] of removals) {
    it(`finds the functions that use what a contract script removes: ${sql}`, async () => {
      const found = (await traced(sql, "contract", "rooms, logs")).filter(
        (text) => !text.includes("undeclared-lock"),
      );
      assert.match(found[0] ?? "", expected);
    });
  }

  it("accepts the removal if the function is replaced or dropped in the same script", async () => {
    const dropped = `DROP FUNCTION room_size(int);\nALTER TABLE rooms DROP COLUMN size;`;
    assert.deepEqual(await traced(dropped, "contract"), []);
    const replaced = `CREATE OR REPLACE FUNCTION log_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO logs (room) VALUES (NEW.id); RETURN NULL; END $$;
ALTER TABLE logs DROP COLUMN "changedAt";`;
    assert.deepEqual(await traced(replaced, "contract", "logs"), []);
    assert.deepEqual(await traced("ALTER TABLE days DROP COLUMN note;", "contract", "days"), []);
  });
});
