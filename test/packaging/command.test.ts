import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "mocha";
import { ROOT } from "./consumer";

/** The command, run as npm runs it. */
function run(...args: string[]) {
  const command = ["--require", "tsx/cjs", "packaging/main.ts", ...args];
  return spawnSync(process.execPath, command, { cwd: ROOT, encoding: "utf8", timeout: 60_000 });
}

describe("the commands of the package", function () {
  this.timeout(60_000);

  for (const [command, script] of [
    ["pack", "pack:components"],
    ["schema", "schema"],
    ["reference", "reference"],
  ] as const) {
    it(`${script} says what it does, and refuses what it does not know before it does anything`, () => {
      const help = run(command, "--help");
      assert.equal(help.status, 0);
      assert.match(help.stdout, new RegExp(`^\\w.*\\n\\nnpm run ${script}\\n`));
      for (const bad of ["--hlep", "extra"]) {
        const { status, stdout, stderr } = run(command, bad);
        assert.deepEqual([status, stdout], [1, ""]);
        assert.ok(stderr.includes(bad) && stderr.endsWith(`\nMore: npm run ${script} -- --help\n`), stderr);
      }
    });
  }
});
