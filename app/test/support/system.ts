import { randomBytes } from "node:crypto";
import { Client } from "pg";
import type { TierName } from "../../../contract";
import { type PostgresServer, startPostgres } from "../../../simulator/database/postgres-server";
import { User } from "./client";
import { type Instance, startInstance } from "./instance";
import { expand } from "./schema";
import { type SecretsManager, startSecretsManager } from "./secrets";

/** Postgres, Secrets Manager and instances of the sample on 127.0.0.1. */
export class System {
  private readonly instances: Instance[] = [];

  private constructor(
    readonly postgres: PostgresServer,
    readonly secrets: SecretsManager,
  ) {}

  /** With an empty database; the first expand creates the application's role. */
  static async start(): Promise<System> {
    const postgres = await startPostgres({ settings: { fsync: "off" } });
    const password = randomBytes(12).toString("hex");
    return new System(postgres, await startSecretsManager({ username: "app", password }));
  }

  /** As the owner of the schema. */
  async sql(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: this.postgres.connectionString });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  /** The environment of an instance, with AWS credentials for the SDK. */
  environment(tier: TierName, color: string, appUrl = ""): Record<string, string> {
    const common = {
      COLOR: color,
      INSTANCE_ID: `i-${tier}-${color}-${randomBytes(3).toString("hex")}`,
      DRAIN_SECONDS: "10",
    };
    if (tier === "web") return { ...common, APP_URL: appUrl };
    return {
      ...common,
      DATABASE_HOST: this.postgres.host,
      DATABASE_PORT: String(this.postgres.port),
      DATABASE_NAME: this.postgres.database,
      DATABASE_SECRET_ARN: this.secrets.arn,
      DATABASE_TLS: "off",
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL_SECRETS_MANAGER: this.secrets.url,
    };
  }

  async startApp(version: string, color: string, more: Record<string, string> = {}): Promise<Instance> {
    const app = await startInstance("app", version, { ...this.environment("app", color), ...more });
    this.instances.push(app);
    return app;
  }

  async startWeb(
    version: string,
    color: string,
    app: Pick<Instance, "url">,
    more: Record<string, string> = {},
  ): Promise<Instance> {
    const web = await startInstance("web", version, { ...this.environment("web", color, app.url), ...more });
    this.instances.push(web);
    return web;
  }

  /** Both tiers of a color, without a load balancer between them. */
  async startColor(version: string, color: string) {
    const app = await this.startApp(version, color);
    return { app, web: await this.startWeb(version, color, app) };
  }

  user(web: Pick<Instance, "url">, name: string): Promise<User> {
    return new User(web.url).login(name);
  }

  async stop(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.stop()));
    await this.secrets.stop();
    await this.postgres.stop("immediate");
  }
}

/** A system at `version` for the tests of one `describe`. */
export function useSystem(version: string): { readonly system: System } {
  let system: System | undefined;
  before(async () => {
    system = await System.start();
    await expand(system, version);
  });
  after(() => system?.stop());
  return {
    get system() {
      if (system === undefined) throw new Error("The system is only available while tests run.");
      return system;
    },
  };
}
