import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { z } from "zod";
import type { Application, ServiceContext, TierName } from "../../contract";
import { tierPolicy, tierUserData } from "../../stack/tier-service";
import { serviceContext, shop } from "../support/application";

const CONFIG = z.object({
  write_files: z.array(z.object({ content: z.string() })),
  runcmd: z.array(z.array(z.string())),
});

const resolved = <Value>(output: pulumi.Output<Value>) =>
  new Promise<Value>((resolve) => output.apply((value) => resolve(value)));

const userDataOf = (tier: TierName, context: ServiceContext, of: Application = shop) =>
  resolved(tierUserData(of, tier, { url: `s3://bucket/${tier}/1.1.0.js`, sha256: "d".repeat(64) }, context));

async function written(tier: TierName, changes: Partial<ServiceContext> = {}) {
  const { write_files, runcmd } = CONFIG.parse(
    parse(await userDataOf(tier, { ...serviceContext, ...changes })),
  );
  const [environment, unit, digest] = write_files;
  return {
    environment: environment?.content ?? "",
    unit: unit?.content ?? "",
    digest: digest?.content ?? "",
    runcmd,
  };
}

describe("user data of a tier", () => {
  it("has the environment that the application gives it", async () => {
    assert.equal(
      (await written("app")).environment,
      [
        'COLOR="green"',
        'DRAIN_SECONDS="120"',
        'INSTANCE_ID="{{ v1.instance_id }}"',
        'NODE_EXTRA_CA_CERTS="/etc/shop/authorities.pem"',
        "",
      ].join("\n"),
    );
    const { environment } = await written("web");
    assert.doesNotMatch(environment, /CA_CERTS/);
  });

  it("fetches RDS's certificate authorities only for TLS", async () => {
    const fetches = async (requireTls: boolean) => {
      const { runcmd } = await written("app", { database: { ...serviceContext.database, requireTls } });
      return runcmd.some(([command]) => command === "curl");
    };
    assert.deepEqual([await fetches(true), await fetches(false)], [true, false]);
  });

  it("gives the service less time to drain than systemd", async () => {
    for (const drainSeconds of [0, 1, 300, 3600]) {
      const { environment, unit } = await written("app", { drainSeconds });
      const own = Number(/^DRAIN_SECONDS="(\d+)"$/m.exec(environment)?.[1]);
      const systemd = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]);
      assert.equal(own, Math.max(1, drainSeconds));
      assert.ok(systemd > own, `systemd kills after ${systemd} s, the service ends after ${own} s`);
    }
  });

  it("lets the service start only from the artifact with the published digest", async () => {
    const { unit, digest } = await written("web");
    assert.match(unit, /^ExecStartPre=\/usr\/bin\/sha256sum --check \/etc\/shop\/artifact\.sha256$/m);
    assert.equal(digest, `${"d".repeat(64)}  /opt/shop/main.js\n`);
  });

  it("may be the application's own", async () => {
    const web = {
      ...shop.tiers.web,
      userData: ({ service, artifactUrl, sha256 }: Record<"service" | "artifactUrl" | "sha256", string>) =>
        `#!/bin/sh\nrun ${service} ${artifactUrl} ${sha256}\n`,
    };
    const other = { ...shop, tiers: { ...shop.tiers, web } };
    assert.equal(
      await userDataOf("web", serviceContext, other),
      `#!/bin/sh\nrun shop s3://bucket/web/1.1.0.js ${"d".repeat(64)}\n`,
    );
  });
});

describe("IAM policy of a tier", () => {
  it("lets it read its artifacts, and what the application asks for", async () => {
    const read = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::store/*" };
    const statements = async (tier: TierName) =>
      JSON.parse(await resolved(tierPolicy(shop, tier, serviceContext, [pulumi.output(read)]))).Statement;
    assert.deepEqual(await statements("web"), [read]);
    assert.deepEqual(await statements("app"), [
      read,
      {
        Effect: "Allow",
        Action: "secretsmanager:GetSecretValue",
        Resource: serviceContext.database.secretArn,
      },
    ]);
  });
});
