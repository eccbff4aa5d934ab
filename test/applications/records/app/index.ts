import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Application, ApplicationTier, ServiceContext } from "../../../../contract";
import queriesOfVersion from "./queries.json";

const ARTIFACT = join(__dirname, "service.js");
const sha256 = createHash("sha256").update(readFileSync(ARTIFACT)).digest("hex");

const common = ({ color, version, region, idleTimeoutSeconds, drainSeconds }: ServiceContext) => ({
  COLOR: color,
  VERSION: version,
  AWS_REGION: region,
  IDLE_TIMEOUT_SECONDS: String(idleTimeoutSeconds),
  DRAIN_SECONDS: String(drainSeconds),
});

const tier = { port: 8080, healthCheckPath: "/healthz", readinessPath: "/readyz" };

const web: ApplicationTier = {
  ...tier,
  calls: ["app"],
  needsRdsAuthorities: false,
  environment: (service) => ({ ...common(service), TIER: "web", PORT: "8080", APP_URL: service.appUrl }),
  policyStatements: () => [],
};

const app: ApplicationTier = {
  ...tier,
  calls: ["database"],
  needsRdsAuthorities: true,
  environment: (service) => ({
    ...common(service),
    TIER: "app",
    PORT: "8080",
    DATABASE_HOST: service.database.host,
    DATABASE_PORT: service.database.port,
    DATABASE_NAME: service.database.name,
    DATABASE_SECRET_ARN: service.database.secretArn,
    DATABASE_TLS: service.database.requireTls ? "verify" : "off",
  }),
  policyStatements: ({ database }) => [
    { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: database.secretArn },
  ],
};

/**
 * An application with five versions and their migrations, for tests of the stack and of the migrations that start no
 * service. It does not change with the application in `app/`.
 */
export const application: Application = {
  name: "changeover",
  tiers: { web, app },
  versions: Object.entries(queriesOfVersion).map(([version, queries]) => ({
    version,
    file: `app/versions/${version}.ts`,
    queries,
    build: () => ({ file: ARTIFACT, sha256 }),
  })),
  migrationsDirectory: "app/migrations",
  releasesDirectory: "releases",
  load: { journeys: { look: { steps: [{ path: "/" }] } } },
};
