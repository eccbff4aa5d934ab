import { chownSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Client } from "pg";
import type { ServerCertificate } from "../certificate";
import { AwsError } from "../errors";
import type { HostNames } from "../host-names";
import type { PostgresServer, startPostgres } from "./postgres-server";

export interface DatabaseSettings {
  readonly databaseName?: string;
  readonly username: string;
  readonly password: string;
  /** Rejects connections without TLS, like the parameter `rds.force_ssl` of RDS. */
  readonly requireTls: boolean;
  /** Settings for postgresql.conf. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Major version of the PostgreSQL servers that the simulator can start. */
export const POSTGRES_MAJOR = 18;

/** The database instances, each a real PostgreSQL server on a port of this machine. */
export class Databases {
  private readonly servers = new Map<string, PostgresServer>();

  constructor(
    private readonly start: typeof startPostgres,
    private readonly certificate: ServerCertificate,
    /** Undefined if databases have no names. */
    private readonly names?: HostNames,
  ) {}

  all(): ReadonlyMap<string, PostgresServer> {
    return this.servers;
  }

  async create(identifier: string, settings: DatabaseSettings): Promise<PostgresServer> {
    if (this.servers.has(identifier)) {
      throw new AwsError("DBInstanceAlreadyExists", `DB instance already exists: ${identifier}`);
    }
    const server = await this.start({ settings: settings.parameters });
    try {
      await createMasterUser(server, settings);
      await enableTls(server, settings.requireTls, this.certificate);
    } catch (error) {
      await server.stop("immediate");
      throw error;
    }
    this.servers.set(identifier, server);
    return server;
  }

  /** Name of the database in the simulator's DNS, or its address. */
  hostOf(identifier: string, { host }: PostgresServer): string {
    return this.names?.set(identifier, host) ?? host;
  }

  async setPassword(identifier: string, username: string, password: string): Promise<void> {
    const server = this.servers.get(identifier);
    if (!server) throw new AwsError("DBInstanceNotFound", `DBInstance ${identifier} not found.`);
    await asOwner(server, async (client) => {
      await client.query(
        `ALTER ROLE ${client.escapeIdentifier(username)} PASSWORD ${client.escapeLiteral(password)}`,
      );
    });
  }

  /** Moves a database to another address. Its name follows. */
  async failOver(identifier: string, downMs: number): Promise<void> {
    const server = this.servers.get(identifier);
    if (!server) throw new AwsError("DBInstanceNotFound", `DBInstance ${identifier} not found.`);
    await server.failOver(downMs);
    this.names?.set(identifier, server.host);
  }

  async delete(identifier: string): Promise<void> {
    const server = this.servers.get(identifier);
    this.servers.delete(identifier);
    await server?.stop("immediate");
  }

  async close(): Promise<void> {
    await Promise.all([...this.servers.keys()].map((identifier) => this.delete(identifier)));
  }
}

/** Connects as the server's superuser, which is internal, like `rdsadmin` on RDS. */
async function asOwner(server: PostgresServer, work: (client: Client) => Promise<void>): Promise<void> {
  const { host, port, user, password, database } = server;
  const client = new Client({ host, port, user, password, database, query_timeout: 10_000 });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Turns TLS on, as RDS does. No restart is needed. */
async function enableTls(
  server: PostgresServer,
  requireTls: boolean,
  certificate: ServerCertificate,
): Promise<void> {
  await asOwner(server, async (client) => {
    const { rows } = await client.query<{ hba: string }>("SELECT current_setting('hba_file') AS hba");
    const hba = rows[0]?.hba ?? "";
    const rules = [
      "host all postgres 127.0.0.0/8 scram-sha-256", // For asOwner(), which connects without TLS.
      `${requireTls ? "hostssl" : "host"} all all 127.0.0.0/8 scram-sha-256`,
    ];
    const { uid, gid } = statSync(hba);
    const put = (name: string, content: string) => {
      const file = join(dirname(hba), name);
      writeFileSync(file, content, { mode: 0o600 });
      if (process.getuid?.() === 0) chownSync(file, uid, gid); // PostgreSQL then runs as another user.
    };
    put("server.crt", certificate.certificate);
    put("server.key", certificate.privateKey);
    writeFileSync(hba, `${rules.join("\n")}\n`);
    await client.query("ALTER SYSTEM SET ssl = on");
    await client.query("SELECT pg_reload_conf()");
  });
}

/** Creates the master user with the rights that RDS grants, and its database. */
async function createMasterUser(server: PostgresServer, settings: DatabaseSettings): Promise<void> {
  await asOwner(server, async (client) => {
    const user = client.escapeIdentifier(settings.username);
    const password = client.escapeLiteral(settings.password);
    await client.query("CREATE ROLE rds_superuser NOLOGIN");
    await client.query(
      "GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO rds_superuser WITH ADMIN OPTION",
    );
    await client.query(
      `CREATE ROLE ${user} LOGIN CREATEROLE CREATEDB PASSWORD ${password} IN ROLE rds_superuser`,
    );
    if (settings.databaseName !== undefined) {
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(settings.databaseName)} OWNER ${user}`);
    }
  });
}
