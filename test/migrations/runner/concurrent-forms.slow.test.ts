import assert from "node:assert/strict";
import { contract, expand, scriptsOf, useFixture } from "./migrate-fixture";

describe("runner: statements CONCURRENTLY", function () {
  this.timeout(60_000);
  const fixture = useFixture();

  const base = {
    "0001_base.expand": expand(
      "CREATE TABLE m (id bigint, d date NOT NULL) PARTITION BY RANGE (d);\n" +
        "CREATE TABLE m24 PARTITION OF m FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');\n" +
        'CREATE TABLE "Team" (id bigint PRIMARY KEY, name text);\nCREATE INDEX "byName" ON "Team" (name);\n' +
        'CREATE MATERIALIZED VIEW mv AS SELECT id FROM "Team";\nCREATE UNIQUE INDEX mvx ON mv (id);',
    ),
  };
  const alone = (sql: string) => contract(`-- transaction: none\n${sql}`);

  it("rebuilds indexes, detaches a partition and refreshes a materialized view", async () => {
    const scripts = scriptsOf({
      ...base,
      "0002_refresh.expand": expand("REFRESH MATERIALIZED VIEW CONCURRENTLY mv;"),
      "0003_table.contract": alone('REINDEX TABLE CONCURRENTLY "Team";'),
      "0004_index.contract": alone('REINDEX INDEX CONCURRENTLY "byName";'),
      "0005_detach.contract": alone("ALTER TABLE m DETACH PARTITION m24 CONCURRENTLY;"),
    });
    await fixture.run(scripts);
    const node = async () =>
      (
        await fixture.query<{ node: number }>(
          `SELECT relfilenode AS node FROM pg_class WHERE relname = 'byName'`,
        )
      )[0]?.node;
    const before = await node();
    const { applied } = await fixture.contract(scripts, "0005_detach");
    assert.deepEqual(applied, ["0003_table", "0004_index", "0005_detach"]);
    assert.notEqual(await node(), before);
    assert.deepEqual(await fixture.query("SELECT FROM pg_inherits WHERE inhrelid = 'm24'::regclass"), []);
  });

  it("completes what an interrupted run began", async () => {
    const scripts = scriptsOf({
      ...base,
      "0002_index.contract": alone('REINDEX INDEX CONCURRENTLY "byName";'),
      "0003_detach.contract": alone("ALTER TABLE m DETACH PARTITION m24 CONCURRENTLY;"),
    });
    await fixture.run(scripts);
    await fixture.query(`CREATE INDEX "byName_ccnew" ON "Team" (name)`);
    await fixture.query(
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '"byName_ccnew"'::regclass`,
    );
    await fixture.query("UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'm24'::regclass");
    await fixture.contract(scripts, "0003_detach");
    assert.deepEqual(
      await fixture.query(
        "SELECT relname FROM pg_class WHERE relname ~ '_cc' UNION SELECT inhrelid::regclass::name FROM pg_inherits WHERE inhdetachpending",
      ),
      [],
    );
  });
});
