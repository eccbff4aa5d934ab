import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { before, describe, it } from "mocha";
import { parse, stringify } from "yaml";
import { isCliAvailable } from "../../../engine/cli/available";
import { serveProvider } from "../../../engine/cli/provider-server";
import { ROOT } from "../../cli/changeover";
import { withSimulator } from "../../simulator/stack";
import { finished, spawnCommand } from "../simulated-stack";

const CONFIG = {
  "changeover:drainSeconds": "4",
  "changeover:gateTimeoutSeconds": "120",
};

describe("release: command on the Pulumi CLI (skipped where there is no `pulumi` on the PATH)", function () {
  this.timeout(1_800_000);

  before(async function () {
    if (!(await isCliAvailable())) this.skip();
  });

  it("deploys, shifts and flips on the user's backend, and continues after kill -9", async () => {
    await withSimulator(
      async ({ simulator, directory }) => {
        const project = join(directory, "project");
        const backend = join(directory, "backend");
        for (const folder of [project, backend]) mkdirSync(folder);
        const pulumiYaml = parse(readFileSync(join(ROOT, "Pulumi.yaml"), "utf8"));
        writeFileSync(join(project, "Pulumi.yaml"), stringify({ ...pulumiYaml, main: ROOT }));
        cpSync(join(ROOT, "Pulumi.dev.yaml"), join(project, "Pulumi.dev.yaml"));
        const file = () =>
          parse(readFileSync(join(project, "Pulumi.dev.yaml"), "utf8")) as { config: object };
        const { "changeover:blueVersion": _version, ...config } = file().config as Record<string, unknown>;
        writeFileSync(join(project, "Pulumi.dev.yaml"), stringify({ config: { ...config, ...CONFIG } }));
        const served = await Promise.all(
          Object.entries(simulator.providers).map(async ([name, provider]) => {
            return { name, ...(await serveProvider(name, "0.0.1", provider, ROOT)) };
          }),
        );
        const env = {
          AWS_ENDPOINT_URL: simulator.endpoint,
          PULUMI_BACKEND_URL: pathToFileURL(backend).href,
          PULUMI_CONFIG_PASSPHRASE: "correct horse",
          PULUMI_DEBUG_PROVIDERS: served.map(({ name, port }) => `${name}:${port}`).join(","),
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
          PULUMI_SKIP_UPDATE_CHECK: "true",
        };
        const command = (...args: string[]) =>
          spawnCommand([...args, "--program", project, "--stack", "dev"], env, {
            timeout: 1_200_000,
            detached: true,
          });
        const release = (...args: string[]) => command("release", ...args, "--yes", "--json");
        const killedAt = async (kind: string, kill: (child: ChildProcess) => void) => {
          const child = release("1.1.0", "--steps", "10");
          child.stderr?.on("data", (lines) => {
            if (String(lines).includes(`"type":"started","kind":"${kind}"`))
              setTimeout(() => kill(child), 5_000);
          });
          const result = await finished(child);
          assert.equal(result.status, null, result.stderr);
          return result;
        };
        try {
          const init = await finished(
            spawn("pulumi", ["stack", "init", "dev"], { cwd: project, env: { ...process.env, ...env } }),
          );
          assert.equal(init.status, 0, init.stderr);
          const first = await finished(release("1.0.0"));
          assert.equal(first.status, 0, first.stderr);

          // The orphaned update continues, or ends when it writes to the closed pipe. The next run waits for it, or
          // removes its lock.
          await killedAt("canary", (child) => child.kill("SIGKILL"));
          // The update was killed with its command and left its lock.
          const waited = await killedAt("flip", ({ pid = 0 }) => process.kill(-pid, "SIGKILL"));
          assert.match(waited.stderr, /"type":"waiting"|Removed the lock of pid \d+/);
          const second = await finished(release("1.1.0", "--steps", "10"));
          assert.equal(second.status, 0, second.stderr);
          assert.match(second.stderr, /Removed the lock of pid \d+/);
          const { status, reason } = JSON.parse(second.stdout);
          assert.deepEqual([status, reason], ["released", "green 1.1.0 receives all traffic"]);

          const settings = file().config as Record<string, unknown>;
          assert.deepEqual(
            ["live", "canaryPercent", "greenVersion", "expectedSerial", "updateId"].map(
              (key) => settings[`changeover:${key}`],
            ),
            ["green", "0", "1.1.0", undefined, undefined],
          );
          const shown = await finished(command("status", "--json"));
          assert.equal(shown.status, 0, shown.stdout + shown.stderr);
          const again = await finished(release("1.1.0"));
          assert.deepEqual([again.status, JSON.parse(again.stdout).updates], [0, []]);
          const back = await finished(command("rollback", "--yes", "--json"));
          assert.equal(back.status, 0, back.stderr);
          console.log(`    rollback after ${JSON.parse(back.stdout).seconds.toFixed(2)} s`);
          const disagreed = await finished(command("status", "--json"));
          assert.equal(disagreed.status, 3);
          assert.equal((await finished(release("1.1.0"))).status, 3);
        } finally {
          await Promise.all(served.map(({ close }) => close()));
        }
      },
      { timeScale: 5 },
    );
  });
});
