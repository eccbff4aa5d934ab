import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { startPostgres } from "../../../simulator/database/postgres-server";
import { HostNames } from "../../../simulator/host-names";

/** macOS has only 127.0.0.1 by default. */
function hasOtherAddress(): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once("error", () => resolve(false));
    probe.listen(0, "127.0.0.2", () => probe.close(() => resolve(true)));
  });
}

describe("simulator: database failover", function () {
  this.timeout(60_000);

  it("database failover: another address has the data, and the former one refuses connections", async function () {
    if (!(await hasOtherAddress())) this.skip();
    const server = await startPostgres();
    const query = async (sql: string) => {
      const client = new Client({ connectionString: server.connectionString });
      await client.connect();
      return client.query(sql).finally(() => client.end());
    };
    try {
      const { host, port } = server;
      await query("CREATE TABLE kept AS SELECT 7 AS value");
      await server.failOver(100);
      assert.notEqual(server.host, host);
      assert.equal(server.port, port);
      assert.deepEqual((await query("SELECT value FROM kept")).rows, [{ value: 7 }]);
      const refused = new Promise((resolve) => createConnection(port, host).once("error", resolve));
      assert.equal(((await refused) as NodeJS.ErrnoException).code, "ECONNREFUSED");
    } finally {
      await server.stop("immediate");
    }
  });

  it("database names: a Node.js process resolves a name to its present address", () => {
    const folder = mkdtempSync(join(tmpdir(), "changeover-test-"));
    try {
      const names = new HostNames(folder);
      const name = names.set("shop", "127.0.0.1");
      const resolved = () =>
        execFileSync(
          process.execPath,
          ["-e", `require("node:dns").lookup("${name}", (error, address) => console.log(address))`],
          { env: { ...process.env, ...names.environment() }, encoding: "utf8", timeout: 20_000 },
        ).trim();
      assert.equal(resolved(), "127.0.0.1");
      assert.equal(names.set("shop", "127.0.0.2"), name);
      assert.equal(resolved(), "127.0.0.2");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
