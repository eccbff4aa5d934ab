import { join } from "node:path";
import { bundle } from "../build/bundle";
import type { Application, ApplicationTier, ServiceContext } from "../contract";
import { load } from "./load";
import { queries } from "./queries";

/** The version of these sources. Increase it with each release, and publish the released one: `changeover publish`. */
const VERSION = "1.0.0";
const NAME = "my-app";

const common = ({ color, version, region, idleTimeoutSeconds, drainSeconds }: ServiceContext) => ({
  COLOR: color,
  VERSION: version,
  AWS_REGION: region,
  IDLE_TIMEOUT_SECONDS: String(idleTimeoutSeconds),
  DRAIN_SECONDS: String(drainSeconds),
});

const web: ApplicationTier = {
  port: 8080,
  healthCheckPath: "/healthz",
  readinessPath: "/readyz",
  calls: ["app"],
  needsRdsAuthorities: false,
  environment: (service) => ({ ...common(service), APP_URL: service.appUrl }),
  policyStatements: () => [],
};

const app: ApplicationTier = {
  port: 8080,
  healthCheckPath: "/healthz",
  readinessPath: "/readyz",
  calls: ["database"],
  needsRdsAuthorities: true,
  environment: (service) => ({
    ...common(service),
    DATABASE_HOST: service.database.host,
    DATABASE_PORT: service.database.port,
    DATABASE_NAME: service.database.name,
    DATABASE_SECRET_ARN: service.database.secretArn,
    DATABASE_TLS: String(service.database.requireTls),
    // A contract migration waits until no connection has the name of an older version.
    DATABASE_CLIENT: `${NAME}:${service.color}:${service.version}`,
  }),
  policyStatements: ({ database }) => [
    { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: database.secretArn },
  ],
};

export const application: Application = {
  name: NAME,
  tiers: { web, app },
  versions: [
    {
      version: VERSION,
      file: "app/queries.ts",
      queries,
      build: (tier) =>
        bundle({
          folder: __dirname,
          entry: `import "./${tier}";\n`,
          file: join(__dirname, "..", "dist", `${tier}.js`),
        }),
    },
  ],
  migrationsDirectory: "app/migrations",
  releasesDirectory: "releases",
  load,
};
