import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "mocha";
import { program } from "../../cli/commands";
import { parseCommandLine } from "../../cli/parse-command-line";
import { otherColor } from "../../components/fleet/color";
import { loadScripts } from "../../migrations/script/load-scripts";
import { planRelease, type ReleasePlan } from "../../stack/plan/plan-release";
import { releaseContext } from "../../stack/plan/release-context";
import { compareTruth, type ProductionReading } from "../../stack/plan/truth";
import { parseSettings } from "../../stack/settings/parse-settings";
import { settingDefaults, settingValues, shiftRequest, wantedRelease } from "../../stack/settings/settings";
import { ValidationError } from "../../stack/validation-error";
import { NO_FINDINGS } from "../stack/plan/support";
import { commandsIn, type Page, ROOT, section } from "./markdown";

const scripts = loadScripts(join(ROOT, "test/applications/records/app/migrations"));

/**
 * Plans the commands of the docs as `pulumi up` would, with the migrations of this repository and a production rule
 * that `changeover rollback` can change.
 */
class Stack {
  private config: Record<string, string> = { live: "blue", blueVersion: "1.0.0", allowPlainHttp: "true" };
  private last?: ReleasePlan;
  private rule: ProductionReading = { kind: "none" };

  constructor() {
    this.up();
  }

  /** Follows the commands of a section. @throws ValidationError as the user would see it. */
  follow(page: Page): ReleasePlan {
    for (const { words } of commandsIn(page).filter(({ words }) => !words.includes("--outputs"))) {
      const [, command, action = "", key = "", value = ""] = words.filter((word) => word !== "--path");
      if (command === "config") this.set(key, action === "rm" ? "" : value);
      if (command === "up") this.up();
      if (command === "changeover" && action === "rollback") this.rollBack();
    }
    assert.ok(this.last);
    return this.last;
  }

  /** With `--path`, Pulumi stores the part before the dot as an object in JSON. */
  set(key: string, value: string): void {
    const [group = "", field] = key.split(".");
    const object = field && { ...JSON.parse(this.config[group] ?? "{}"), [field]: value };
    this.config[group] = object ? JSON.stringify(object) : value;
  }

  up(): void {
    const settings = parseSettings(this.config, "dev");
    const wanted = wantedRelease(settings);
    const truth = compareTruth({ last: this.last?.release, rule: this.rule, wanted });
    if ("issues" in truth) throw new ValidationError(truth.issues);
    this.last = planRelease(
      releaseContext({
        wanted,
        last: truth.before,
        scripts,
        report: NO_FINDINGS,
        request: shiftRequest(settings),
        settings: settingValues(settings),
        defaults: settingDefaults(),
      }),
    );
    const { serial = 0 } = this.last.release;
    this.rule = { kind: "rule", weights: this.last.weights, record: { serial, kind: "shift" } };
  }

  private rollBack(): void {
    assert.ok(this.last);
    const { live, serial = 0 } = this.last.release;
    const weights = { blue: 0, green: 0, [otherColor(live)]: 100 };
    this.rule = { kind: "rule", weights, record: { serial: serial + 1, kind: "rollback", at: "2026-01-01" } };
  }
}

const runbook = join("docs", "runbook.md");

function released(): Stack {
  const stack = new Stack();
  stack.follow(section(runbook, "Release"));
  return stack;
}

describe("runbook", () => {
  it("runbook: a release shifts all traffic to green and keeps rollback open", () => {
    const { weights, rollback, retired } = new Stack().follow(section(runbook, "Release"));
    assert.deepEqual(weights, { blue: 0, green: 100 });
    assert.equal(rollback.open, true);
    assert.deepEqual(retired, []);
  });

  it("runbook: a rollback by the command, and the config that agrees, keep all traffic on blue", () => {
    const { weights, gateChecks, release } = released().follow(section(runbook, "Something is wrong now"));
    assert.deepEqual(weights, { blue: 100, green: 0 });
    assert.equal(release.kind, "rollback");
    assert.deepEqual(gateChecks, [], "no gate delays the agreement");
  });

  it("runbook: an update before the config agrees with a rollback is rejected", () => {
    const stack = released();
    const { file, text } = section(runbook, "Something is wrong now");
    const hasty = text.replaceAll(/pulumi config set .*\n/g, "");
    assert.throws(() => stack.follow({ file, text: hasty }), /live/);
  });

  it("runbook: a rollback by an update shifts all traffic to blue", () => {
    assert.deepEqual(released().follow(section(runbook, "Roll back by an update")).weights, {
      blue: 100,
      green: 0,
    });
  });

  it("runbook: a flip together with another setting is rejected", () => {
    const stack = released();
    stack.set("live", "blue");
    stack.set("web.minInstances", "4");
    assert.throws(() => stack.up(), /web\.minInstances/);
  });

  it("runbook: a changed instance type waits for the next deployment", () => {
    const stack = released();
    const { weights, release } = stack.follow(section(runbook, "Change the instances"));
    assert.deepEqual(weights, { blue: 0, green: 100 });
    assert.equal(release.versions.green, "1.1.0");
  });

  it("runbook: the commands of changeover are accepted", () => {
    const lines = commandsIn({ file: runbook, text: section(runbook, "Release").text });
    const all = [
      "Something is wrong now",
      "Release",
      "The watch rolled back",
      "Change the instances",
    ].flatMap((heading) => commandsIn(section(runbook, heading)));
    assert.ok(lines.length > 0);
    for (const { words } of all.filter(({ words }) => words[1] === "changeover")) {
      const joined = words.slice(2).join(" ");
      const args = joined.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', "")) ?? [];
      assert.doesNotThrow(() => parseCommandLine(args, program, {}), joined);
    }
  });

  it("runbook: contracting closes rollback", () => {
    const { retired, migrations, rollback } = released().follow(section(runbook, "Retire and contract"));
    assert.deepEqual(
      retired.map(({ color }) => color),
      ["blue"],
    );
    assert.equal(migrations.contract?.through, "0002_split_name");
    assert.equal(rollback.open, false);
  });

  it("runbook: contracting is rejected before blue is retired", () => {
    const stack = released();
    const { file, text } = section(runbook, "Retire and contract");
    assert.throws(
      () => stack.follow({ file, text: text.replace("pulumi config set idle off", "") }),
      /contractThrough/,
    );
  });

  it("runbook: the README has the same steps without the rollback", () => {
    const stack = new Stack();
    const { weights, retired, rollback } = stack.follow(section("README.md", "Release, flip, roll back"));
    assert.deepEqual(weights, { blue: 0, green: 100 });
    assert.deepEqual(
      retired.map(({ color }) => color),
      ["blue"],
    );
    assert.equal(rollback.open, false);
  });
});
