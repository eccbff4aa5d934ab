import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Client } from "pg";
import {
  type Application,
  type ArtifactFile,
  type ServiceContext,
  type SourceVersion,
  TIER_NAMES,
  type TierName,
} from "../../contract";
import { runMigrations } from "../../migrations/runner/runner";
import { loadScripts } from "../../migrations/script/load-scripts";
import { openReleaseBucket } from "../../publishing";
import { createSimulator, type Simulator } from "../../simulator";
import type { PostgresServer } from "../../simulator/database/postgres-server";
import type { Instance } from "../../simulator/instances/instance";
import { startWatchdog } from "../../simulator/process/watchdog";
import { Relay } from "./relay";

const REGION = "eu-central-1";
const BUCKET = "verified-artifacts";
const DATABASE = "verified";
const OWNER = "owner";
const SIMULATOR_LOGIN = {
  region: REGION,
  credentials: { accessKeyId: "rehearsal", secretAccessKey: "rehearsal" },
};

export type ColorName = "blue" | "green";

/** The idle timeout of the load balancers that the services are told, the default of the stack. */
export const IDLE_TIMEOUT_SECONDS = 60;
/** The time that the services have for their open requests after SIGTERM. */
export const DRAIN_SECONDS = 6;

/** Returns the user data of an instance. */
export type TierUserData = (
  application: Application,
  tier: TierName,
  artifact: { readonly url: string; readonly sha256: string },
  context: ServiceContext,
) => Promise<string>;

export interface TestBedOptions {
  readonly application: Application;
  readonly programDirectory: string;
  readonly source: SourceVersion;
  readonly userData: TierUserData;
}

/** An instance of a tier without an Auto Scaling group and a load balancer. */
export interface Subject {
  readonly tier: TierName;
  readonly color: ColorName;
  readonly version: string;
  readonly instance: Instance;
  readonly launchedMs: number;
}

/** A database with the schema of the version, and relays in front of the instances in place of load balancers. */
export class TestBed {
  private readonly secretArns = {} as Record<ColorName, string>;
  /** Every password that the services, or the runner of the migrations, had. */
  readonly passwords: string[] = [];
  private readonly artifacts = {} as Record<TierName, { readonly url: string; readonly sha256: string }>;

  private constructor(
    readonly options: TestBedOptions,
    private readonly simulator: Simulator,
    readonly database: PostgresServer,
    readonly relays: Readonly<Record<TierName, Relay>>,
    private readonly subjects: Subject[],
  ) {}

  /** Runs `work` with a new test bed. Everything that it starts is stopped at the end, also after an error. */
  static async with<Result>(
    options: TestBedOptions,
    work: (bed: TestBed) => Promise<Result>,
  ): Promise<Result> {
    // Tools that build may block this process, so nothing may wait for it meanwhile.
    const built = TIER_NAMES.map((tier) => [tier, options.source.build(tier)] as const);
    const directory = await mkdtemp(join(tmpdir(), "changeover-"));
    const watchdog = startWatchdog(directory);
    const subjects: Subject[] = [];
    const relay = (tier: TierName) =>
      Relay.start(({ "x-changeover-color": wanted }) => {
        const ofTier = subjects.filter((each) => each.tier === tier);
        return (ofTier.find(({ color }) => color === wanted) ?? ofTier[0])?.instance.port;
      });
    try {
      const simulator = await createSimulator({ directory: join(directory, "simulator"), buckets: [BUCKET] });
      const relays = { web: await relay("web"), app: await relay("app") };
      try {
        const password = newPassword();
        const database = await simulator.createDatabase(DATABASE, {
          ...{ databaseName: DATABASE, username: OWNER, password, requireTls: true },
          parameters: { fsync: "off", full_page_writes: "off" },
        });
        const bed = new TestBed(options, simulator, database, relays, subjects);
        bed.passwords.push(password);
        await Promise.all([bed.migrate(password), bed.upload(built)]);
        return await work(bed);
      } finally {
        await Promise.all([relays.web.close(), relays.app.close(), simulator.close()]);
      }
    } finally {
      await watchdog.release();
    }
  }

  /** Launches an instance. It is stopped with the test bed. */
  async launch(tier: TierName, color: ColorName, version: string): Promise<Subject> {
    const { application, userData } = this.options;
    const { host, port } = this.database;
    const text = await userData(application, tier, this.artifacts[tier], {
      ...{ color, version, region: REGION },
      ...{ idleTimeoutSeconds: IDLE_TIMEOUT_SECONDS, drainSeconds: DRAIN_SECONDS },
      appUrl: this.relays.app.url,
      database: {
        ...{ host, port: String(port), name: DATABASE, requireTls: true },
        secretArn: this.secretArns[color],
      },
    });
    const launchedMs = performance.now();
    const subject = { tier, color, version, launchedMs, instance: await this.simulator.launchInstance(text) };
    this.subjects.push(subject);
    return subject;
  }

  /** Runs `work` with a session of the server's superuser. */
  async asSuperuser<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    const client = await this.connect();
    try {
      return await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** Locks all tables, so that requests wait for the database until the returned function is called. */
  async holdDatabase(): Promise<() => Promise<void>> {
    const client = await this.connect();
    const { rows } = await client.query<{ name: string }>(
      "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables " +
        "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
    );
    await client.query("BEGIN");
    if (rows.length > 0) {
      await client.query(`LOCK TABLE ${rows.map(({ name }) => name).join(", ")} IN ACCESS EXCLUSIVE MODE`);
    }
    return async () => {
      await client.query("ROLLBACK").finally(() => client.end());
    };
  }

  /** Replaces the password of a color, and ends its connections. */
  async replacePassword(color: ColorName): Promise<void> {
    const password = this.storePassword(color);
    await this.asSuperuser(async (client) => {
      await client.query(`ALTER ROLE ${loginOf(color)} PASSWORD '${password}'`);
      await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", [
        loginOf(color),
      ]);
    });
  }

  async connectionNames(color: ColorName): Promise<string[]> {
    return this.asSuperuser(async (client) => {
      const { rows } = await client.query<{ name: string }>(
        "SELECT DISTINCT application_name AS name FROM pg_stat_activity WHERE usename = $1",
        [loginOf(color)],
      );
      return rows.map(({ name }) => name);
    });
  }

  private async connect(): Promise<Client> {
    const { host, port, user, password } = this.database;
    const client = new Client({ host, port, user, password, database: DATABASE, query_timeout: 10_000 });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  }

  private storePassword(color: ColorName): string {
    const password = newPassword();
    this.passwords.push(password);
    const username = loginOf(color);
    this.secretArns[color] = this.simulator.putSecret(username, JSON.stringify({ username, password }));
    return password;
  }

  private async migrate(ownerPassword: string): Promise<void> {
    const { application, programDirectory, source } = this.options;
    const logins = (["blue", "green"] as const).map((color) => ({
      username: loginOf(color),
      password: this.storePassword(color),
    }));
    const { host, port } = this.database;
    await runMigrations({
      connection: {
        ...{ host, port, database: DATABASE, user: OWNER, password: ownerPassword },
        ...{ tls: "verify", authorities: this.simulator.databaseAuthority },
      },
      scripts: loadScripts(join(programDirectory, application.migrationsDirectory)),
      request: { phase: "expand", versions: [source.version] },
      appRole: { username: "service", password: newPassword() },
      logins,
    });
  }

  private async upload(built: readonly (readonly [TierName, ArtifactFile])[]): Promise<void> {
    const bucket = openReleaseBucket(BUCKET, { ...SIMULATOR_LOGIN, endpoint: this.simulator.endpoint });
    try {
      for (const [tier, { file, sha256 }] of built) {
        const key = `${tier}/${basename(file)}`;
        await bucket.putOnce(key, readFileSync(file), "application/octet-stream");
        this.artifacts[tier] = { url: `s3://${BUCKET}/${key}`, sha256 };
      }
    } finally {
      bucket.close();
    }
  }
}

function loginOf(color: ColorName): string {
  return `service_${color}`;
}

function newPassword(): string {
  return randomBytes(18).toString("hex");
}
