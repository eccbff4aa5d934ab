import type { Application, ApplicationTier, ServiceContext } from "../contract";
import { APPLICATION_NAME } from "./environment";
import { load } from "./load";
import { readSourceVersions } from "./source-versions";

const PORT = 8080;

const web: ApplicationTier = {
  port: PORT,
  healthCheckPath: "/healthz",
  readinessPath: "/readyz",
  calls: ["app"],
  needsRdsAuthorities: false,
  environment: (service) => ({ ...commonVariables("web", service), APP_URL: service.appUrl }),
  policyStatements: () => [],
};

const app: ApplicationTier = {
  port: PORT,
  healthCheckPath: "/healthz",
  readinessPath: "/readyz",
  calls: ["database"],
  needsRdsAuthorities: true,
  environment: (service) => ({
    ...commonVariables("app", service),
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

function commonVariables(tier: "web" | "app", service: ServiceContext) {
  return {
    TIER: tier,
    COLOR: service.color,
    VERSION: service.version,
    PORT: String(PORT),
    AWS_REGION: service.region,
    IDLE_TIMEOUT_SECONDS: String(service.idleTimeoutSeconds),
    DRAIN_SECONDS: String(service.drainSeconds),
  };
}

/**
 * The sample application: patient records, uploads of recordings and live measurements.
 *
 * To release your own application, replace the folder `app/`.
 */
export const application: Application = {
  name: APPLICATION_NAME,
  tiers: { web, app },
  versions: readSourceVersions(),
  migrationsDirectory: "app/migrations",
  releasesDirectory: "releases",
  load,
};
