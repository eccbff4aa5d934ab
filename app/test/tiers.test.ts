import assert from "node:assert/strict";
import { serviceContext } from "../../test/support/application";
import { application } from "..";

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
    assert.deepEqual(web.environment(serviceContext), {
      ...COMMON,
      TIER: "web",
      APP_URL: "http://inner.example",
    });
    assert.deepEqual(web.policyStatements(serviceContext), []);
    assert.equal(web.needsRdsAuthorities, false);
  });

  it("sample application: the app tier gets the database, and may read its secret", () => {
    assert.deepEqual(app.environment(serviceContext), {
      ...COMMON,
      TIER: "app",
      DATABASE_HOST: "db.example.com",
      DATABASE_PORT: "5432",
      DATABASE_NAME: "records",
      DATABASE_SECRET_ARN: serviceContext.database.secretArn,
      DATABASE_TLS: "verify",
    });
    const plain = { ...serviceContext, database: { ...serviceContext.database, requireTls: false } };
    assert.equal(app.environment(plain).DATABASE_TLS, "off");
    assert.deepEqual(app.policyStatements(serviceContext), [
      {
        Effect: "Allow",
        Action: "secretsmanager:GetSecretValue",
        Resource: serviceContext.database.secretArn,
      },
    ]);
    assert.equal(app.needsRdsAuthorities, true);
  });
});
