import assert from "node:assert/strict";
import { parse } from "yaml";
import { z } from "zod";
import { appVersions } from "../../build/bundle";
import { artifactKey, buildArtifacts, type ServiceSettings, serviceOf } from "../../stack/services";
import { RefusedError } from "../../stack/settings/validation-error";

const SETTINGS: ServiceSettings = {
  tier: "app",
  color: "green",
  version: "1.1.0",
  artifactUrl: "s3://bucket/app/1.1.0.js",
  region: "eu-central-1",
  idleTimeoutSeconds: 60,
  drainSeconds: 120,
  environment: { DATABASE_HOST: "db.example.com" },
};

const CONFIG = z.object({ write_files: z.array(z.object({ content: z.string() })) });

function written(changes: Partial<ServiceSettings>): { environment: string; unit: string } {
  const [environment, unit] = CONFIG.parse(parse(serviceOf({ ...SETTINGS, ...changes }))).write_files;
  return { environment: environment?.content ?? "", unit: unit?.content ?? "" };
}

describe("what a server of the sample system runs", () => {
  it("knows its tier, color and version, and what only its tier needs", () => {
    assert.equal(
      written({}).environment,
      [
        'AWS_REGION="eu-central-1"',
        'COLOR="green"',
        'DATABASE_HOST="db.example.com"',
        'DRAIN_SECONDS="120"',
        'IDLE_TIMEOUT_SECONDS="60"',
        'INSTANCE_ID="{{ v1.instance_id }}"',
        'PORT="8080"',
        'TIER="app"',
        'VERSION="1.1.0"',
        "",
      ].join("\n"),
    );
  });

  it("ends its requests within its own limit, before systemd's", () => {
    for (const drainSeconds of [0, 1, 300, 3600]) {
      const { environment, unit } = written({ drainSeconds });
      const own = Number(/^DRAIN_SECONDS="(\d+)"$/m.exec(environment)?.[1]);
      const systemd = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]);
      assert.equal(own, Math.max(1, drainSeconds));
      assert.ok(systemd > own, `systemd kills after ${systemd} s, the service ends after ${own} s`);
    }
  });

  it("lies under its tier and version", () => assert.equal(artifactKey("web", "1.0.0"), "web/1.0.0.js"));

  it("is a version of this checkout, or refused", () => {
    assert.throws(
      () => buildArtifacts(["9.9.9"]),
      (error: Error) => {
        assert.ok(error instanceof RefusedError);
        assert.equal(
          error.message,
          `blueVersion or greenVersion: got "9.9.9"; allowed is a version that this checkout holds: ${appVersions().join(", ")}. Name one of them, or check out what holds 9.9.9.`,
        );
        return true;
      },
    );
  });
});
