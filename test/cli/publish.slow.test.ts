import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadApplication } from "../../contract";
import { withSimulator } from "../simulator/stack";
import { CHANGEOVER, ROOT } from "./changeover";

/** The oldest version that the sources build; the test is valid for every application. */
const [VERSION = ""] = loadApplication(ROOT).versions.map(({ version }) => version);

describe("changeover publish", function () {
  this.timeout(120_000);
  let releases: string;
  beforeEach(() => {
    releases = mkdtempSync(join(tmpdir(), "changeover-releases-"));
  });
  afterEach(() => rmSync(releases, { recursive: true, force: true }));

  /** Runs the command against a simulator, whose API this process serves. */
  const publish = (endpoint: string, ...args: string[]) =>
    new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
      const env = {
        ...process.env,
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: "eu-central-1",
        AWS_ACCESS_KEY_ID: "x",
        AWS_SECRET_ACCESS_KEY: "y",
        CHANGEOVER_RELEASES_DIRECTORY: releases,
      };
      const command = [CHANGEOVER, "publish", ...args];
      execFile(process.execPath, command, { cwd: ROOT, env, timeout: 60_000 }, (error, stdout, stderr) => {
        resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    });

  it("changeover publish: uploads a version once, and rejects other artifacts of it", async () => {
    await withSimulator(
      async ({ simulator: { endpoint } }) => {
        const args = [VERSION, "--bucket", "shop-releases", "--prefix", "shop", "--allow-dirty"];
        const first = await publish(endpoint, ...args, "--json");
        assert.equal(first.status, 0, first.stderr);
        const { outcome, manifest } = JSON.parse(first.stdout);
        assert.equal(outcome, "published");
        const [place = "", digest] = manifest.artifacts.web.url.split(/-(?=[0-9a-f]{12}\.\w+$)/);
        assert.equal(place, `s3://shop-releases/shop/web/${VERSION}`);
        assert.ok(digest);
        const file = join(releases, `${VERSION}.json`);
        assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), manifest);

        const again = await publish(endpoint, ...args);
        assert.equal(
          again.stdout,
          `${VERSION} is published already, with the same artifacts. Nothing to do.\n`,
        );

        const other = { ...manifest.artifacts, web: { ...manifest.artifacts.web, sha256: "0".repeat(64) } };
        writeFileSync(file, JSON.stringify({ ...manifest, artifacts: other }));
        const changed = await publish(endpoint, ...args);
        assert.equal(changed.status, 2);
        assert.match(changed.stderr, /A published version never changes: /);
        assert.ok(changed.stderr.includes(`${VERSION}.json has ${VERSION} of commit `), changed.stderr);
      },
      { buckets: ["shop-releases"] },
    );
  });

  it("changeover publish: names what is wrong before it uploads anything", async () => {
    await withSimulator(async ({ simulator: { endpoint } }) => {
      const options = await publish(endpoint, "--bucket", "Shop", "--prefix", "/shop");
      assert.equal(options.status, 2);
      assert.match(options.stderr, /--bucket must be the name of a bucket in S3, got "Shop"\./);
      assert.match(options.stderr, /--prefix must be .*, got "\/shop"\./);
      const version = await publish(endpoint, "9.9.9", "--bucket", "shop-releases", "--allow-dirty");
      assert.match(version.stderr, /The version to publish must be \d.*, got "9\.9\.9"\./);
      const bucket = await publish(endpoint, VERSION, "--bucket", "no-such-bucket", "--allow-dirty");
      assert.equal(bucket.status, 2);
      assert.match(
        bucket.stderr,
        /got no-such-bucket \(NoSuchBucket: .*\)\. Create the bucket, with versioning/,
      );
      assert.deepEqual(readdirSync(releases), []);
    });
  });
});
