import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "mocha";
import { problemsOf } from "../../lambda/gate/decide";
import { loadScripts } from "../../migrations/script/load-scripts";
import { planRelease, type ReleasePlan } from "../../stack/plan/plan-release";
import { releaseContext } from "../../stack/plan/release-context";
import { parseSettings } from "../../stack/settings/parse-settings";
import { wantedRelease } from "../../stack/settings/settings";
import { NO_FINDINGS } from "../stack/plan/support";
import { commandsIn, type Page, ROOT, section } from "./markdown";

const scripts = loadScripts(join(ROOT, "app/migrations"));

/** Plans the commands of the docs as `pulumi up` would, with the migrations of this repository. */
class Stack {
  private config: Record<string, string> = { live: "blue", blueVersion: "1.0.0", allowPlainHttp: "true" };
  private last?: ReleasePlan;

  constructor() {
    this.up();
  }

  /** Follows the commands of a section. @throws ValidationError as the user would see it. */
  follow(page: Page): ReleasePlan {
    for (const { words } of commandsIn(page)) {
      const [, command, , key = "", value = ""] = words.filter((word) => word !== "--path");
      if (command === "config") this.set(key, value);
      if (command === "up") this.up();
    }
    assert.ok(this.last);
    return this.last;
  }

  /** With `--path`, Pulumi stores the part before the dot as an object in JSON. */
  private set(key: string, value: string): void {
    const [group = "", field] = key.split(".");
    const object = field && { ...JSON.parse(this.config[group] ?? "{}"), [field]: value };
    this.config[group] = object ? JSON.stringify(object) : value;
  }

  private up(): void {
    const wanted = wantedRelease(parseSettings(this.config, "dev"));
    const last = this.last?.release;
    this.last = planRelease(
      releaseContext({ wanted, last, scripts, report: NO_FINDINGS, request: {}, settings: {}, defaults: {} }),
    );
  }
}

const runbook = join("docs", "runbook.md");

describe("runbook", () => {
  it("runbook: a release shifts all traffic to green and keeps rollback open", () => {
    const { weights, rollback, retired } = new Stack().follow(section(runbook, "Release"));
    assert.deepEqual(weights, { blue: 0, green: 100 });
    assert.equal(rollback.open, true);
    assert.deepEqual(retired, []);
  });

  it("runbook: a rollback shifts all traffic to blue", () => {
    const stack = new Stack();
    stack.follow(section(runbook, "Release"));
    assert.deepEqual(stack.follow(section(runbook, "Roll back")).weights, { blue: 100, green: 0 });
  });

  it("runbook: raises the minimum of the idle color in the update of the rollback", () => {
    const stack = new Stack();
    stack.follow(section(runbook, "Release"));
    const { weights, gateChecks } = stack.follow(section(runbook, "The idle color is too small"));
    assert.deepEqual(weights, { blue: 100, green: 0 });
    assert.deepEqual(
      gateChecks.map(({ color }) => color),
      ["blue"],
    );
  });

  it("runbook: quotes the gate's message about a color that is too small", () => {
    const tier = { tier: "web", targetGroupArn: "arn:", url: "http://edge", headers: {}, minHealthy: 2 };
    const targets = ["i-1", "i-2"].map((id) => ({ id, state: "healthy" }));
    const event = { color: "blue", version: "1.0.0", sharePercent: 100, otherSharePercent: 100 };
    const [problem = ""] = problemsOf(event, tier, { targets, reports: [], otherHealthy: 6 });
    const { text } = section(runbook, "The idle color is too small");
    const quoted = /`(2 healthy targets, [^`]+)`/.exec(text)?.[1] ?? "nothing";
    assert.ok(problem.startsWith(quoted), `the gate says: ${problem}; quoted is: ${quoted}`);
  });

  it("runbook: contracting closes rollback", () => {
    const stack = new Stack();
    stack.follow(section(runbook, "Release"));
    const { retired, migrations, rollback } = stack.follow(section(runbook, "Retire and contract"));
    assert.deepEqual(
      retired.map(({ color }) => color),
      ["blue"],
    );
    assert.equal(migrations.contract?.through, "0002_split_name");
    assert.equal(rollback.open, false);
  });

  it("runbook: contracting is rejected before blue is retired", () => {
    const stack = new Stack();
    stack.follow(section(runbook, "Release"));
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
