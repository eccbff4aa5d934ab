import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, describe, it } from "mocha";
import { isCliAvailable } from "../../engine/cli/available";
import { CliEngine } from "../../engine/cli/cli-engine";
import {
  cleanUpAfterAll,
  devStack,
  ownProgram,
  preview,
  run,
  stackOf,
  temporaryFolder,
} from "../../test/preview/support";
import { PaperCloud } from "../../test/support/paper-cloud";

const VERSIONS = { blueVersion: "1.0.0", greenVersion: "1.1.0" };

describe("preview with a stack deployed by the Pulumi CLI (skipped without `pulumi` on the PATH)", function () {
  this.timeout(600_000);
  cleanUpAfterAll();
  const variables = {
    PULUMI_BACKEND_URL: pathToFileURL(temporaryFolder()).href,
    PULUMI_CONFIG_PASSPHRASE: "correct horse",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const former = Object.keys(variables).map((name) => [name, process.env[name]] as const);

  before(async function () {
    if (!(await isCliAvailable())) this.skip();
    Object.assign(process.env, variables);
  });
  after(() => {
    for (const [name, value] of former) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it("compares with the deployed release, whose settings the branch may not have yet", async () => {
    const repository = ownProgram();
    const init = await run("pulumi", ["stack", "init", "dev"], { cwd: repository.folder });
    assert.equal(init.status, 0, init.stderr);
    const created = readFileSync(join(repository.folder, "Pulumi.dev.yaml"), "utf8");
    const [salt = ""] = /^encryptionsalt: .*\n/m.exec(created) ?? [];
    const stackFile = (live: string) =>
      Object.fromEntries(
        Object.entries(devStack({ ...VERSIONS, live })).map(([name, text]) => [name, `${salt}${text}`]),
      );
    repository.commit(stackFile("blue"));
    const cloud = new PaperCloud();
    const engine = new CliEngine({
      programDirectory: repository.folder,
      stack: "dev",
      provider: { aws: cloud, random: cloud },
    });
    await engine.up();
    const report = async () =>
      stackOf((await preview(["--base", "stack:main", "--json"], repository.folder)).stdout);
    const unchanged = await report();
    assert.deepEqual([unchanged.outcome, unchanged.error, unchanged.resources], ["same", undefined, []]);

    await engine.up({ config: { live: "green" } });
    const back = await report();
    const difference = back.findings.find(({ code }) => code === "not-deployed");
    assert.deepEqual(difference?.details, ["live: green is deployed, main has blue"]);
    assert.ok(back.findings.some(({ code, summary }) => code === "traffic-shifted" && /blue/.test(summary)));

    repository.write(stackFile("green"));
    const agreed = await report();
    assert.deepEqual([agreed.outcome, agreed.resources, agreed.outputs], ["same", [], []]);
  });
});
