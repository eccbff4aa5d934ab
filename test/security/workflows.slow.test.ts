import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, it } from "mocha";

const run = promisify(execFile);
const ROOT = join(__dirname, "../..");
const LIMIT_MS = 60_000;
const workflows = readdirSync(join(ROOT, ".github/workflows")).map((name) => `.github/workflows/${name}`);

/** CI installs both; see .github/workflows/ci.yml. */
const LINTERS = [
  {
    command: "actionlint",
    // With shellcheck, its result would depend on the machine.
    args: ["-no-color", "-shellcheck=", "-pyflakes=", ...workflows],
    install: "go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.7",
  },
  {
    command: "zizmor",
    args: ["--offline", "--no-progress", "--color", "never", ...workflows, "action.yml"],
    install: "pip install zizmor==1.32.0",
  },
];

describe("linters of GitHub workflows:", function () {
  this.timeout(2 * LIMIT_MS);

  for (const { command, args, install } of LINTERS) {
    it(`${command} has no finding (skipped without it: \`${install}\`)`, async function () {
      const options = { cwd: ROOT, timeout: LIMIT_MS };
      const isInstalled = await run(command, ["--version"], options).then(
        () => true,
        () => false,
      );
      if (!isInstalled) this.skip();
      const found = await run(command, args, options).then(
        () => "",
        ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
      );
      assert.equal(found, "", "Mend them, or add a comment with the reason beside the line.");
    });
  }
});
