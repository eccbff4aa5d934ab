import assert from "node:assert/strict";
import { applicationSettings, EnvironmentError, webSettings } from "../environment";

const web = {
  TIER: "web",
  VERSION: "1.1.0",
  COLOR: "blue",
  INSTANCE_ID: "i-1",
  APP_URL: "http://inner.example",
};
const app = {
  TIER: "app",
  VERSION: "1.1.0",
  COLOR: "green",
  INSTANCE_ID: "i-2",
  AWS_REGION: "eu-central-1",
  DATABASE_HOST: "db.example",
  DATABASE_PORT: "5432",
  DATABASE_NAME: "app",
  DATABASE_SECRET_ARN: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:app",
};

/** The variables that an error names. */
function wrongVariables(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof EnvironmentError, String(error));
    return [...error.message.matchAll(/([A-Z_]+) must be /g)].map(([, variable]) => variable ?? "");
  }
  return [];
}

describe("environment of an instance", () => {
  it("has the defaults of the load balancers", () => {
    const settings = webSettings(web, "1.1.0");
    const { host, port, idleTimeoutSeconds, drainSeconds } = settings;
    assert.deepEqual(
      { host, port, idleTimeoutSeconds, drainSeconds },
      { host: "0.0.0.0", port: 8080, idleTimeoutSeconds: 60, drainSeconds: 30 },
    );
    assert.equal(settings.appUrl.href, "http://inner.example/");
    const { poolSize, tls } = applicationSettings(app, "1.1.0").database;
    assert.deepEqual({ poolSize, tls }, { poolSize: 5, tls: "verify" });
  });

  it("is rejected with every variable that is wrong or missing", () => {
    const several = { ...web, COLOR: "red", PORT: "80a", INSTANCE_ID: undefined, DRAIN_SECONDS: "0" };
    assert.deepEqual(
      wrongVariables(() => webSettings(several, "1.1.0")),
      ["COLOR", "INSTANCE_ID", "PORT", "DRAIN_SECONDS"],
    );
    for (const appUrl of ["inner.example", "http://inner.example/api"]) {
      assert.deepEqual(
        wrongVariables(() => webSettings({ ...web, APP_URL: appUrl }, "1.1.0")),
        ["APP_URL"],
      );
    }
    assert.deepEqual(
      wrongVariables(() => applicationSettings({ ...app, DATABASE_PORT: "", DATABASE_TLS: "on" }, "1.1.0")),
      ["DATABASE_PORT", "DATABASE_TLS"],
    );
  });

  it("names what a variable must be and its value", () => {
    assert.throws(
      () => webSettings({ ...web, COLOR: "red", INSTANCE_ID: undefined }, "1.1.0"),
      /^EnvironmentError: COLOR must be blue or green, got "red"\. INSTANCE_ID must be 1 to 64 letters, .*, got nothing\.$/,
    );
  });

  it("accepts another deployment of the bundle's version, and reports that one", () => {
    assert.equal(webSettings({ ...web, VERSION: "1.1.0+2" }, "1.1.0").version, "1.1.0+2");
    assert.deepEqual(
      wrongVariables(() => webSettings({ ...web, VERSION: "1.2.0+2" }, "1.1.0")),
      ["VERSION"],
    );
  });

  it("is rejected by a bundle of another tier or version", () => {
    assert.deepEqual(
      wrongVariables(() => webSettings({ ...web, VERSION: "1.0.0" }, "1.1.0")),
      ["VERSION"],
    );
    assert.deepEqual(
      wrongVariables(() => webSettings({ ...web, VERSION: undefined }, "1.1.0")),
      ["VERSION"],
    );
    assert.deepEqual(
      wrongVariables(() => applicationSettings({ ...app, TIER: "web" }, "1.1.0")),
      ["TIER"],
    );
  });
});
