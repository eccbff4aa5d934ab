import assert from "node:assert/strict";
import { application } from "../../app";
import type { ServiceContext } from "../../contract";

const CONTEXT: ServiceContext = {
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
const COMMON = {
  COLOR: "green",
  VERSION: "1.1.0",
  PORT: "8080",
  AWS_REGION: "eu-central-1",
  IDLE_TIMEOUT_SECONDS: "60",
  DRAIN_SECONDS: "120",
};

describe("sample application: tiers", () => {
  const { web, app } = application.tiers;

  it("sample application: the web tier gets the URL of the app tier, and no database", () => {
    assert.deepEqual(web.environment(CONTEXT), { ...COMMON, TIER: "web", APP_URL: "http://inner.example" });
    assert.deepEqual(web.policyStatements(CONTEXT), []);
    assert.equal(web.needsRdsAuthorities, false);
  });

  it("sample application: the app tier gets the database, and may read its secret", () => {
    assert.deepEqual(app.environment(CONTEXT), {
      ...COMMON,
      TIER: "app",
      DATABASE_HOST: "db.example.com",
      DATABASE_PORT: "5432",
      DATABASE_NAME: "records",
      DATABASE_SECRET_ARN: CONTEXT.database.secretArn,
      DATABASE_TLS: "verify",
    });
    const plain = { ...CONTEXT, database: { ...CONTEXT.database, requireTls: false } };
    assert.equal(app.environment(plain).DATABASE_TLS, "off");
    assert.deepEqual(app.policyStatements(CONTEXT), [
      { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: CONTEXT.database.secretArn },
    ]);
    assert.equal(app.needsRdsAuthorities, true);
  });
});
