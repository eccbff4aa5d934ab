import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../../../../build/bundle";
import type { Application, ApplicationTier, ServiceContext } from "../../../../contract";
import { load } from "./load";
import { pythonUserData } from "./python-user-data";
import { queriesOfVersion } from "./queries";

const NAME = "pantry";
const PYTHON_SERVICE = join(__dirname, "web.py");

const common = ({ color, version, region, idleTimeoutSeconds, drainSeconds }: ServiceContext) => ({
  COLOR: color,
  VERSION: version,
  AWS_REGION: region,
  IDLE_TIMEOUT_SECONDS: String(idleTimeoutSeconds),
  DRAIN_SECONDS: String(drainSeconds),
});

const web: ApplicationTier = {
  port: 8000,
  healthCheckPath: "/up",
  readinessPath: "/ready",
  calls: ["app"],
  needsRdsAuthorities: false,
  environment: (service) => ({ ...common(service), APP_URL: service.appUrl }),
  policyStatements: () => [],
  userData: pythonUserData,
};

const app: ApplicationTier = {
  port: 3000,
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
    DATABASE_CLIENT: `${NAME}:${service.color}:${service.version}`,
  }),
  policyStatements: ({ database }) => [
    { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: database.secretArn },
  ],
};

/** Both versions have the same artifacts and differ by their statements. */
const version = (number: keyof typeof queriesOfVersion) => ({
  version: number,
  file: "app/queries.ts",
  queries: queriesOfVersion[number],
  build: (tier: "web" | "app") =>
    tier === "web"
      ? {
          file: PYTHON_SERVICE,
          sha256: createHash("sha256").update(readFileSync(PYTHON_SERVICE)).digest("hex"),
        }
      : bundle({
          folder: __dirname,
          otherFolders: [join(__dirname, "..", "..", "..", "..", "skeleton", "app")],
          entry: 'import "./app";\n',
          file: join(__dirname, "..", "dist", "app.js"),
        }),
});

/**
 * An application as different from the sample as is sensible: a web tier in Python with HTML and forms, no sessions, no
 * uploads and no WebSockets, its own tables, and answers that name only their version.
 */
export const application: Application = {
  name: NAME,
  tiers: { web, app },
  versions: [version("1.0.0"), version("1.1.0")],
  migrationsDirectory: "app/migrations",
  releasesDirectory: "releases",
  load,
};
