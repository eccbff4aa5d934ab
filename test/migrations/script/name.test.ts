import assert from "node:assert/strict";
import fc from "fast-check";
import { formatName, parseName, quoteName, truncateName, withSuffix } from "../../../migrations/script/name";
import { parseScript } from "../../../migrations/script/parse-script";
import { useSharedScratch } from "../shared-scratch";

describe("names in scripts", function () {
  this.timeout(120_000);
  const open = useSharedScratch();

  it("are quoted as by the server: keywords, capitals and signs", async () => {
    const database = await open();
    const { rows } = await database.query<{ name: string; quoted: string }>(
      `select name, quote_ident(name) as quoted from (
         select word as name from pg_get_keywords()
         union all select * from unnest(array['Team', 'user', 'a b', 'x$y', 'é', '1a', 'say "hi"', 'a.b'])) as n`,
    );
    assert.ok(rows.length > 400);
    assert.deepEqual(
      rows.filter(({ name, quoted }) => quoteName(name) !== quoted),
      [],
    );
  });

  it("are read back from what was written", () => {
    const part = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 2 }), (parts) => {
        assert.deepEqual(parseName(formatName(parts)), parts);
      }),
    );
    assert.deepEqual(parseName("Public.Team"), ["public", "team"]);
    for (const bad of ["", ".", "a.", "a b", '"', '""', "1a", "a-b"]) assert.equal(parseName(bad), undefined);
  });

  it("get a suffix inside their quotes, within 63 bytes", () => {
    assert.equal(withSuffix('"Team"', "_new"), '"Team_new"');
    assert.equal(withSuffix('s."user"', "_v2"), "s.user_v2");
    assert.equal(withSuffix("x".repeat(63), "_new"), `${"x".repeat(59)}_new`);
    assert.equal(truncateName("é".repeat(40)), "é".repeat(31));
  });

  it("in the header are locked as the statement names them", () => {
    const locks = (value: string) =>
      parseScript("0001_a.expand.sql", `-- needed-by: 1.0.0\n-- locks: ${value}\nSELECT 1;\n`).locks;
    assert.deepEqual(locks('Team, "Team" in share, user, "a, b in c" in exclusive'), [
      { table: "team", mode: "ACCESS EXCLUSIVE" },
      { table: '"Team"', mode: "SHARE" },
      { table: '"user"', mode: "ACCESS EXCLUSIVE" },
      { table: '"a, b in c"', mode: "EXCLUSIVE" },
    ]);
    assert.throws(() => locks('"Team'), /:2: locks must be/);
    assert.throws(() => locks("a,, b"), /:2: locks must be .*, got ""/);
  });
});
