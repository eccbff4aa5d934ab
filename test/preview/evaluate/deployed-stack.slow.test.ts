import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, it } from "mocha";
import { cleanUpAfterAll, command, Repository, SMALL, stackOf, temporaryFolder } from "../support";

const PROGRAM = {
  ...SMALL,
  "Pulumi.dev.yaml": "config:\n  small:live: blue\n",
  "index.ts": `import * as pulumi from "@pulumi/pulumi";
class Thing extends pulumi.CustomResource {
  constructor(name: string, inputs: pulumi.Inputs) {
    super("things:index:Thing", name, inputs);
  }
}
export = async () => {
  const self = new pulumi.StackReference(\`\${pulumi.getOrganization()}/small/\${pulumi.getStack()}\`);
  const { value = "none" } = await self.getOutputDetails("last");
  new Thing("rule", { live: new pulumi.Config().get("live"), last: value });
  return { last: "from the program" };
};
`,
};

describe("preview with the deployed stack as its base:", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  /** A folder with a `pulumi` that prints these outputs, or fails. */
  function fakePulumi(outputs: object | undefined): string {
    const folder = temporaryFolder();
    const file = join(folder, "pulumi");
    const body =
      outputs === undefined
        ? 'echo "error: no stack named dev found" >&2; exit 255'
        : `[ "$*" = "stack output --json --non-interactive --stack dev" ] || exit 3; cat <<'END'\n${JSON.stringify(outputs)}\nEND`;
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
    return folder;
  }

  function previewIn(repository: Repository, base: string, outputs: object | undefined) {
    const env = { ...process.env, PATH: `${fakePulumi(outputs)}${delimiter}${process.env.PATH}` };
    return command(["--base", base, "--format", "json"], { cwd: repository.folder, env });
  }

  it("compares with its settings and its outputs, and names the difference", async () => {
    const repository = new Repository(PROGRAM);
    const commit = repository.commit();
    const release = { commit, settings: { live: "green" } };
    for (const base of ["stack:main", "stack"]) {
      const { stdout, stderr, status } = await previewIn(repository, base, { last: "deployed", release });
      assert.equal(status, 2, stderr);
      const { findings, resources } = stackOf(stdout);
      const difference = findings.find(({ code }) => code === "not-deployed");
      assert.deepEqual(difference?.details, [
        "live: green is deployed, " + (base === "stack" ? commit : "main") + " has blue",
      ]);
      // Both programs read the deployed outputs, so only the setting changes.
      assert.deepEqual(
        resources.flatMap(({ changes }) => changes.map(({ path, old, new: next }) => [path, old, next])),
        [["live", "green", "blue"]],
      );
    }
  });

  it("is rejected without a readable stack, and without a recorded commit", async () => {
    const repository = new Repository(PROGRAM);
    repository.commit();
    const missing = await previewIn(repository, "stack:main", undefined);
    assert.equal(missing.status, 1);
    assert.match(
      missing.stderr,
      /--base stack must be a deployed stack .* got dev: error: no stack named dev found\. Log in/,
    );
    const unrecorded = await previewIn(repository, "stack", { live: "blue" });
    assert.equal(unrecorded.status, 1);
    assert.match(unrecorded.stderr, /got dev: none\. Name the revision .*--base stack:main/);
  });
});
