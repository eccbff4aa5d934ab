import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Application, ApplicationLoad, ApplicationTier, ServiceContext } from "../../../../contract";

const NAME = "fragile";
const ARTIFACT = join(__dirname, "service.js");
const MODULES = join(__dirname, "..", "..", "..", "..", "node_modules");

/** The requirement that each tier does not meet. */
export interface Broken {
  readonly web?: string;
  readonly app?: string;
}

const load: ApplicationLoad = {
  journeys: {
    write: {
      steps: [
        {
          path: "/lines",
          body: "{random}",
          expect: { status: 201 },
          remember: { line: { json: "id" } },
          readBack: { path: "/lines/{line}", expect: { json: { text: "{random}" } } },
        },
      ],
    },
  },
};

const queries = {
  add: "insert into lines (text) values ($1) returning id",
  find: "select id, text from lines where id = $1",
};

const common = {
  port: 8080,
  healthCheckPath: "/healthz",
  readinessPath: "/readyz",
  needsRdsAuthorities: false,
};

function variables({ color, version, idleTimeoutSeconds }: ServiceContext, tier: string, broken = "") {
  return {
    ...{ TIER: tier, BROKEN: broken, COLOR: color, VERSION: version, NODE_PATH: MODULES },
    IDLE_SECONDS: String(idleTimeoutSeconds),
  };
}

/** An application of two small services for the tests of `changeover verify`. */
export function fragileApplication(broken: Broken = {}): Application {
  const web: ApplicationTier = {
    ...common,
    calls: ["app"],
    environment: (service) => ({ ...variables(service, "web", broken.web), APP_URL: service.appUrl }),
    policyStatements: () => [],
  };
  const app: ApplicationTier = {
    ...common,
    calls: ["database"],
    environment: (service) => ({
      ...variables(service, "app", broken.app),
      DATABASE_HOST: service.database.host,
      DATABASE_PORT: service.database.port,
      DATABASE_NAME: service.database.name,
      DATABASE_SECRET: service.database.secretArn,
      DATABASE_CLIENT: `${NAME}:${service.color}:${service.version}`,
    }),
    policyStatements: ({ database }) => [
      { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: database.secretArn },
    ],
  };
  const sha256 = createHash("sha256").update(readFileSync(ARTIFACT)).digest("hex");
  return {
    name: NAME,
    tiers: { web, app },
    versions: [
      {
        version: "1.0.0",
        file: "app/index.ts",
        queries: broken.app === "queries" ? { ...queries, last: "select max(number) from lines" } : queries,
        build: () => ({ file: ARTIFACT, sha256 }),
      },
    ],
    migrationsDirectory: "app/migrations",
    releasesDirectory: "releases",
    load,
  };
}

export const application = fragileApplication();
