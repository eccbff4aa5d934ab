import { resolve } from "node:path";
import type { Application, ApplicationTier, ServiceContext, SourceVersion } from "../../contract";

const tier: Omit<ApplicationTier, "calls" | "needsRdsAuthorities"> = {
  port: 3000,
  healthCheckPath: "/up",
  environment: ({ color, drainSeconds }) => ({ COLOR: color, DRAIN_SECONDS: String(drainSeconds) }),
  policyStatements: () => [],
};

/** Its artifacts are named, but not built. */
const version = (number: string): SourceVersion => ({
  version: number,
  file: `app/versions/${number}.ts`,
  queries: { ping: "select 1 as answer" },
  build: (name) => ({ file: resolve("dist", number, `${name}.js`), sha256: "c".repeat(64) }),
});

/** An application for tests that must hold for every application, so not for the sample alone. */
export const shop: Application = {
  name: "shop",
  tiers: {
    web: { ...tier, calls: ["app"], needsRdsAuthorities: false },
    app: {
      ...tier,
      calls: ["database"],
      needsRdsAuthorities: true,
      policyStatements: ({ database }) => [
        { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: database.secretArn },
      ],
    },
  },
  versions: ["1.0.0", "1.1.0", "1.2.0", "1.3.0"].map(version),
  migrationsDirectory: "app/migrations",
  releasesDirectory: "releases",
  load: {
    journeys: { look: { steps: [{ path: "/" }] } },
  },
};

/** Green of version 1.1.0, with infrastructure of plain values. */
export const serviceContext: ServiceContext = {
  color: "green",
  version: "1.1.0",
  region: "eu-central-1",
  idleTimeoutSeconds: 60,
  drainSeconds: 120,
  appUrl: "http://inner.example",
  database: {
    host: "db.example.com",
    port: "5432",
    name: "records",
    secretArn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:app",
    requireTls: true,
  },
};
