import assert from "node:assert/strict";
import { Client } from "pg";
import { startPostgres } from "../../../simulator/database/postgres-server";
import { DatabaseConnections } from "../../../simulator/monitoring/database-connections";
import { until } from "../stack";

describe("simulator: connections of a database", function () {
  this.timeout(60_000);

  it("metrics: the number of connections follows those of clients, and has no data while the database is away", async () => {
    const server = await startPostgres();
    const connections = new DatabaseConnections(() => new Map([["shop", server]]));
    const clients = [1, 2, 3].map(() => new Client({ connectionString: server.connectionString }));
    const lastSecond = () => connections.within("shop", Date.now() - 1_500, Date.now()).at(-1);
    try {
      await until("no connection", () => lastSecond() === 0);
      await Promise.all(clients.map((client) => client.connect()));
      await until("three connections", () => lastSecond() === 3);
      await Promise.all(clients.map((client) => client.end()));
      await server.halt();
      await until("no data", () => lastSecond() === undefined);
      assert.deepEqual(connections.within("another", 0, Date.now()), []);
    } finally {
      await connections.close();
      await server.stop("immediate");
    }
  });
});
