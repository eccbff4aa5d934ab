import assert from "node:assert/strict";
import fc from "fast-check";
import { Client } from "pg";
import { knownVersions } from "../../contract";
import { application } from "..";
import { joinName, splitName } from "../person-name";
import type { VersionDefinition } from "../version-definition";
import { contract, expand } from "./support/schema";
import { System } from "./support/system";

const known = knownVersions(application).map(({ version }) => version);

const releaseOf = (version: string) =>
  (require(`../versions/${version}`) as { release: VersionDefinition }).release;

/** The web tier trims names. */
const patientName = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
  .map((name) => name.replaceAll("\0", "").trim())
  .filter((name) => name !== "");

describe("given name and family name", () => {
  it("join to the same text that was split", () => {
    fc.assert(
      fc.property(patientName, (name) => {
        const [given, family] = splitName(name);
        assert.equal(joinName(given, family), name);
        assert.notEqual(family, "");
      }),
    );
  });
});

describe("versions of the application tier", function () {
  this.timeout(120_000);
  let system: System;
  before(async () => {
    system = await System.start();
  });
  after(() => system?.stop());

  /** The queries of the version that do not prepare. */
  async function broken(version: string): Promise<string[]> {
    const client = new Client({ connectionString: system.postgres.connectionString });
    await client.connect();
    try {
      const names: string[] = [];
      for (const [name, { sql }] of Object.entries(releaseOf(version).queries)) {
        await client.query(`prepare "${name}" as ${sql}`).catch(() => names.push(name));
      }
      return names;
    } finally {
      await client.end();
    }
  }

  /** Runs the version's insert without its process. */
  const insertAs = (version: string) => {
    const { queries, values } = releaseOf(version);
    const input = { patientName: "A B", note: "c", status: "open", severity: "routine" } as const;
    return system.sql(queries.insertRecord?.sql ?? "", ["zoe", version, ...values(input)]);
  };

  it("name their columns and their version", () => {
    for (const version of known) {
      const { queries, version: own } = releaseOf(version);
      assert.equal(own, version);
      for (const [name, { sql }] of Object.entries(queries))
        assert.doesNotMatch(sql, /\*/, `${version} ${name}`);
    }
  });

  it("serve side by side through all releases, until the contract migration", async () => {
    const versions = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"];
    assert.deepEqual(known, versions);
    await expand(system, "1.0.0");
    assert.deepEqual(await broken("1.0.0"), []);
    assert.notDeepEqual(await broken("1.1.0"), []);
    let live = await system.startColor("1.0.0", "blue");
    const user = await system.user(live.web, "ann");
    const names: string[] = fc.sample(patientName, { numRuns: 40, seed: 7 });
    for (const patientName of names) {
      const { status } = await user.post("/records", { patientName, note: "Urgent – before all releases" });
      assert.equal(status, 201);
    }
    const before = (await user.get("/records?limit=100")).body.records;
    assert.equal(before.length, names.length + 5);

    for (const [index, version] of versions.entries()) {
      const old = versions[index - 1];
      if (old === undefined) continue;
      await expand(system, old, version);
      assert.deepEqual([await broken(old), await broken(version)], [[], []]);
      const next = await system.startColor(version, index % 2 === 0 ? "blue" : "green");

      // Both colors share the session, and each reads the records of the other.
      for (const patientName of names) {
        user.url = live.web.url;
        const byOld = (await user.post("/records", { patientName, note: "by the old" })).body;
        user.url = next.web.url;
        const byNew = (await user.post("/records", { patientName, note: "by the new", status: "closed" }))
          .body;
        assert.equal(byOld.patientName, patientName);
        assert.equal(byNew.patientName, patientName);
        const readByNew = (await user.get(`/records/${byOld.id}`)).body;
        user.url = live.web.url;
        const readByOld = (await user.get(`/records/${byNew.id}`)).body;
        for (const field of ["id", "patientName", "note", "status", "createdAt"]) {
          assert.equal(readByNew[field], byOld[field], `${version} reads ${field} of ${old}`);
          assert.equal(readByOld[field], byNew[field], `${old} reads ${field} of ${version}`);
        }
        if (readByNew.familyName !== undefined) {
          assert.deepEqual([readByNew.givenName, readByNew.familyName], splitName(patientName));
        }
      }
      assert.equal((await user.get("/session")).body.user, "ann");

      await Promise.all([live.web.stop(), live.app.stop()]);
      assert.equal((await contract(system, version)).length, 1);
      assert.deepEqual(await broken(version), []);
      await assert.rejects(() => insertAs(old));
      await assert.rejects(() => expand(system, old), /incompatible with this database: \d{4}_\w+/);
      live = next;
      user.url = live.web.url;
      assert.equal((await user.get("/session")).body.user, "ann");
      const oldest = (await user.get("/records?limit=100")).body.records.at(-1);
      assert.ok(oldest);
      for (const record of before) {
        const { status, body } = await user.get(`/records/${record.id}`);
        assert.equal(status, 200);
        for (const [field, value] of Object.entries(record))
          assert.equal(body[field], value, `${version} ${field}`);
      }
    }

    const urgent = (await user.get(`/records/${before[0].id}`)).body;
    assert.equal(urgent.severity, "urgent");
    const found = (await user.get("/records?words=before+RELEASES&limit=100")).body.records;
    assert.ok(found.length > 0);
    assert.ok(found.every(({ note }: { note: string }) => note === "Urgent – before all releases"));
    const closed = (await user.get("/records?status=closed&limit=100")).body.records;
    assert.ok(closed.length > names.length);
    assert.ok(closed.every((record: { status: string }) => record.status === "closed"));
    assert.equal((await user.post("/records", { patientName: "A", note: "b" })).body.severity, "routine");
  });
});
