import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isCliAvailable } from "../../engine/cli/available";
import { parseRunRecord } from "../../rehearsal/report/run-record";

const ROOT = join(__dirname, "..", "..");
const LIMIT_MS = 280_000;
const SHARED_LISTENER =
  "settings: ({ vpcId, subnetIds, listenerArn, loadBalancerSecurityGroupId, url }) =>" +
  " ({ vpcId, subnetIds, listenerArn, loadBalancerSecurityGroupId, url }),\n  load:";

describe("rehearsal of a program on the components, outside of the checkout", function () {
  this.timeout(LIMIT_MS + 10_000);
  let program: string;

  /** The program in a folder with installed packages, as a team has it. */
  beforeEach(() => {
    program = mkdtempSync(join(tmpdir(), "kiosk-"));
    cpSync(join(ROOT, "test", "applications", "kiosk"), program, { recursive: true });
    mkdirSync(join(program, "node_modules"));
    for (const name of ["@pulumi", "typescript"])
      symlinkSync(join(ROOT, "node_modules", name), join(program, "node_modules", name));
    symlinkSync(join(ROOT, "components"), join(program, "node_modules", "changeover"));
    edit("index.ts", '"../../../components"', '"changeover"');
    edit("rehearsal.ts", /^import .*\n/, "");
    edit("rehearsal.ts", ": ProgramRehearsal", "");
  });
  afterEach(() => rmSync(program, { recursive: true, force: true }));

  const edit = (name: string, from: string | RegExp, to: string) => {
    const file = join(program, name);
    const text = readFileSync(file, "utf8");
    assert.notEqual(text.replace(from, to), text, `${name} must have ${from}`);
    writeFileSync(file, text.replace(from, to));
  };

  const rehearse = (...args: string[]) => {
    const command = [join(ROOT, "cli", "changeover.js"), "rehearse", "--program", program, ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, {
      ...{ cwd: program, encoding: "utf8", timeout: LIMIT_MS, env: { ...process.env, NO_COLOR: "1" } },
    });
    return { status, output: stdout + stderr };
  };

  const releases = (...args: string[]) => {
    const json = join(program, "run.json");
    const { status, output } = rehearse("--rate", "20", "--json", json, ...args);
    assert.equal(status, 0, output);
    const { load, steps, application } = parseRunRecord(json, readFileSync(json, "utf8"));
    assert.ok(load, output);
    assert.equal(application, "kiosk");
    assert.deepEqual([load.requests.failed, load.uploads.cut, load.answers.wrong], [0, 0, 0], output);
    assert.ok(load.uploads.total > 0, output);
    assert.deepEqual(Object.keys(load.answers.byVersion).sort(), ["blue 1.0.0", "green 1.1.0"]);
    return steps.map(({ kind, trafficAfter = [], bakeSeconds }) => {
      const traffic = trafficAfter.map(({ color, version, percent }) => `${color} ${version} ${percent}`);
      return [kind, ...traffic, ...(bakeSeconds === undefined ? [] : ["baked"])].join(", ");
    });
  };

  it("own program: is deployed, flipped, returned and retired with a canary and its bake", () => {
    const steps = releases("--engine", "in-process", "--releases", "1", "--bake", "2", "--report", "run.md");
    assert.deepEqual(steps, [
      "first, blue 1.0.0 100",
      "deploy, blue 1.0.0 100",
      "canary, blue 1.0.0 90, green 1.1.0 10, baked",
      "flip, green 1.1.0 100, baked",
      "rollback, blue 1.0.0 100",
      "flip, green 1.1.0 100, baked",
      "retire, green 1.1.0 100",
      "again, green 1.1.0 100",
    ]);
  });

  it("own program: is released on the listener of another team, by the Pulumi CLI (skipped without `pulumi`)", async function () {
    if (!(await isCliAvailable())) return this.skip();
    edit("rehearsal.ts", "load:", SHARED_LISTENER);
    const steps = releases("--quick", "--engine", "cli");
    assert.deepEqual(
      steps.map((step) => step.split(",")[0]),
      ["first", "deploy", "flip", "rollback", "flip", "retire"],
    );
  });

  it("own program: everything that it lacks is said before anything starts", () => {
    edit("index.ts", 'config.get("live") ?? "blue"', '"blue"');
    edit("index.ts", /canaryPercent: .*\n/, "");
    edit("index.ts", /retireIdle: .*\n/, "");
    edit(
      "index.ts",
      "export const url = address;\nexport const release = { live: service.liveColor };\n",
      "",
    );
    const { status, output } = rehearse();
    assert.equal(status, 2);
    assert.deepEqual(
      output
        .trim()
        .split("\n")
        .map((line) => /^(?:The program must have the output|The settings) ([\w.]+)/.exec(line)?.[1]),
      ["url", "release.live", "canaryPercent", "live", "idle"],
      output,
    );
    assert.match(
      output,
      /The settings live: green, canaryPercent: 0 must change the program, .* as live\.\n/,
    );
  });

  it("own program: all issues of rehearsal.ts, and options that it cannot have, are rejected", () => {
    const { output: story } = rehearse("--story");
    assert.match(story, /^--strategy, --story, --fault and --faults need both tiers/);
    edit("rehearsal.ts", '["1.0.0", "1.1.0"]', "[]");
    edit("rehearsal.ts", '"kiosk.js"', '"missing.js"');
    edit("rehearsal.ts", "steps:", "stepz:");
    const { output } = rehearse();
    assert.match(output, /^rehearsal\.versions must be a list of one or more versions/);
    assert.match(
      output,
      /\nrehearsal\.objects\["s3:\/\/kiosk-releases\/kiosk\.js"\] must be an existing file/,
    );
    assert.match(output, /\nload\.journeys\.look\.stepz is not a known key\./);
    rmSync(join(program, "rehearsal.ts"));
    assert.match(rehearse().output, /\nrehearsal\.ts must exist in .* or app\/index\.ts/);
  });
});
