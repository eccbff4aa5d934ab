import assert from "node:assert/strict";
import { applicationSettings, webSettings } from "../../app/environment";

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

const refuses = (run: () => unknown, ...parts: string[]) =>
  assert.throws(run, (error: Error) => {
    for (const part of parts) assert.ok(error.message.includes(part), `${error.message} lacks ${part}`);
    return true;
  });

describe("environment of an instance", () => {
  it("has the defaults that the load balancers have", () => {
    const settings = webSettings(web, "1.1.0");
    const { host, port, idleTimeoutSeconds, drainSeconds } = settings;
    assert.deepEqual(
      { host, port, idleTimeoutSeconds, drainSeconds },
      {
        host: "0.0.0.0",
        port: 8080,
        idleTimeoutSeconds: 60,
        drainSeconds: 30,
      },
    );
    assert.equal(settings.appUrl.href, "http://inner.example/");
    const { poolSize, tls } = applicationSettings(app, "1.1.0").database;
    assert.deepEqual({ poolSize, tls }, { poolSize: 5, tls: "verify" });
  });

  it("names each variable that is wrong or missing, with what was got and what is allowed", () => {
    refuses(
      () =>
        webSettings(
          { ...web, COLOR: "red", PORT: "80a", INSTANCE_ID: undefined, DRAIN_SECONDS: "0" },
          "1.1.0",
        ),
      'COLOR: got "red"; allowed is blue or green.',
      'PORT: got "80a"; allowed is a whole number from 0 to 65535.',
      "INSTANCE_ID: got nothing; allowed is 1 to 64 letters",
      'DRAIN_SECONDS: got "0"; allowed is a whole number from 1 to 3600.',
    );
    refuses(() => webSettings({ ...web, APP_URL: "inner.example" }, "1.1.0"), 'APP_URL: got "inner.example"');
    refuses(() => webSettings({ ...web, APP_URL: "http://inner.example/api" }, "1.1.0"), "without a path");
    refuses(
      () => applicationSettings({ ...app, DATABASE_PORT: "", DATABASE_TLS: "on" }, "1.1.0"),
      'DATABASE_PORT: got ""; allowed is a whole number from 1 to 65535.',
      'DATABASE_TLS: got "on"; allowed is verify or off.',
    );
  });

  it("must be that of the bundle's own tier and version", () => {
    refuses(
      () => webSettings({ ...web, VERSION: "1.0.0" }, "1.1.0"),
      'VERSION: got "1.0.0"',
      "version 1.1.0",
    );
    refuses(() => applicationSettings({ ...app, TIER: "web" }, "1.1.0"), 'TIER: got "web"', "app tier");
    refuses(() => webSettings({ ...web, VERSION: undefined }, "1.1.0"), "VERSION: got nothing");
  });
});
