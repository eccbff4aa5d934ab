import assert from "node:assert/strict";
import { Client } from "pg";
import { createNetwork, type TestSimulator, withSimulator } from "../stack";

const types = {
  instance: "aws:rds/instance:Instance",
  subnets: "aws:rds/subnetGroup:SubnetGroup",
  parameters: "aws:rds/parameterGroup:ParameterGroup",
};

async function inputsFor(stack: TestSimulator) {
  const { subnets } = await createNetwork(stack);
  const group = await stack.create(types.subnets, "data", { subnetIds: subnets });
  const parameters = await stack.create(types.parameters, "data", {
    family: "postgres18",
    parameters: [
      { name: "rds.force_ssl", value: "0" },
      { name: "max_connections", value: "37" },
      { name: "shared_buffers", value: "{DBInstanceClassMemory/32768}" },
    ],
  });
  return {
    engine: "postgres",
    engineVersion: "18",
    instanceClass: "db.t4g.medium",
    allocatedStorage: 20,
    dbName: "changeover",
    username: "master",
    password: "a-long-password",
    dbSubnetGroupName: group.outs.name,
    parameterGroupName: parameters.outs.name,
    skipFinalSnapshot: true,
  };
}

describe("simulator: database", () => {
  it("database: the master user of a real PostgreSQL has RDS's rights", async () => {
    await withSimulator(async (stack) => {
      const inputs = await inputsFor(stack);
      const instance = await stack.create(types.instance, "Data", inputs);
      const { address, port, endpoint, identifier } = instance.outs;
      assert.equal(endpoint, `${address}:${port}`);
      assert.match(String(identifier), /^data-[0-9a-f]{7}$/);
      const connect = async (password: string) => {
        const client = new Client({
          host: String(address),
          port: Number(port),
          user: "master",
          password,
          database: "changeover",
        });
        await client.connect();
        return client;
      };
      const client = await connect("a-long-password");
      try {
        const { rows } = await client.query(
          "SELECT current_setting('max_connections') AS most, version() AS is",
        );
        assert.equal(rows[0].most, "37");
        assert.match(rows[0].is, /^PostgreSQL 18/);
        await client.query("CREATE TABLE note (id int)");
        await client.query("CREATE ROLE app LOGIN PASSWORD 'x'");
        await client.query("GRANT SELECT ON note TO app");
        await assert.rejects(client.query("ALTER ROLE postgres PASSWORD 'mine'"), /permission denied/);
        await assert.rejects(client.query("CREATE ROLE other SUPERUSER"), /permission denied/);
      } finally {
        await client.end();
      }
      const renewed = await stack.update(instance, { ...inputs, password: "another-password" });
      await assert.rejects(connect("a-long-password"), /password authentication failed/);
      await (await connect("another-password")).end();

      const guarded = await stack.update(renewed, {
        ...inputs,
        password: "another-password",
        deletionProtection: true,
      });
      await assert.rejects(
        stack.delete(guarded),
        /InvalidParameterCombination: Cannot delete protected DB Instance/,
      );
      const kept = await stack.update(guarded, {
        ...inputs,
        password: "another-password",
        skipFinalSnapshot: false,
      });
      await assert.rejects(stack.delete(kept), /final_snapshot_identifier is required/);
      await stack.delete(await stack.update(kept, { ...inputs, password: "another-password" }));
      assert.equal(stack.simulator.databases().size, 0);
      await assert.rejects(connect("another-password"), /ECONNREFUSED/);
    });
  });

  it("database: accepts only verifiable TLS unless rds.force_ssl is 0", async () => {
    await withSimulator(async (stack) => {
      const { parameterGroupName: _plain, ...inputs } = await inputsFor(stack);
      const { outs } = await stack.create(types.instance, "data", inputs);
      const { databaseAuthority: ca } = stack.simulator;
      const tlsVersion = async (ssl: false | { ca?: string }) => {
        const user = { user: "master", password: "a-long-password", database: "changeover" };
        const client = new Client({ host: String(outs.address), port: Number(outs.port), ...user, ssl });
        await client.connect();
        try {
          const { rows } = await client.query("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
          return rows[0].version;
        } finally {
          await client.end();
        }
      };
      assert.equal(await tlsVersion({ ca }), "TLSv1.3");
      await assert.rejects(tlsVersion({}), /self.signed certificate/);
      await assert.rejects(tlsVersion(false), /no pg_hba.conf entry .* no encryption/);
      await stack.simulator.databases().get(String(outs.identifier))?.restart();
      assert.equal(await tlsVersion({ ca }), "TLSv1.3");
    });
  });

  it("database: rejects input that AWS or the simulator does not support", async () => {
    await withSimulator(async (stack) => {
      const check = async (inputs: Record<string, unknown>) => {
        const failures = await stack.checkFailures(types.instance, inputs);
        return failures.map(({ reason }) => reason).join();
      };
      assert.equal(
        await check({ engineVersion: "17.4" }),
        "engineVersion must be 18 in the simulator, got 17.4. Set 18.",
      );
      assert.match(await check({ engine: "mysql" }), /^engine must .* got "mysql"/);
      assert.match(await check({ password: "with/slash-in-it" }), /^password must not contain \/, @/);
      assert.doesNotMatch(await check({ password: "with/slash-in-it" }), /slash/);
      assert.match(await check({ username: "postgres" }), /^username must .* got "postgres"/);
      const { subnets } = await createNetwork(stack);
      await assert.rejects(
        stack.create(types.subnets, "one", { subnetIds: subnets.slice(0, 1) }),
        /DBSubnetGroupDoesNotCoverEnoughAZs: .* 1 Availability Zone\(s\) \(eu-central-1a\); at least 2/,
      );
    });
  });
});
