import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "mocha";
import { problemsOf } from "../../lambda/gate/decide";
import { loadScripts } from "../../migrations/script/load-scripts";
import { planRelease, type ReleasePlan } from "../../stack/plan/plan";
import { parseSettings, wantedRelease } from "../../stack/settings/parse-settings";
import { NO_FINDINGS } from "../stack/plan/support";
import { commandsIn, type Page, ROOT, section } from "./markdown";

const scripts = loadScripts(join(ROOT, "app/migrations"));

/** A stack on which the commands of the docs are decided as `pulumi up` decides them, with this repository's migrations. */
class Stack {
  #config: Record<string, string> = { live: "blue", blueVersion: "1.0.0", allowPlainHttp: "true" };
  #last?: ReleasePlan;

  constructor() {
    this.#up();
  }

  /** Runs a section's commands; a refusal is thrown as the user would see it. */
  follow(page: Page): ReleasePlan {
    for (const { words } of commandsIn(page)) {
      const [, command, , key = "", value = ""] = words.filter((word) => word !== "--path");
      if (command === "config") this.#set(key, value);
      if (command === "up") this.#up();
    }
    assert.ok(this.#last);
    return this.#last;
  }

  /** As Pulumi keeps it: with `--path`, what stands before the dot is an object in JSON. */
  #set(key: string, value: string): void {
    const [group = "", field] = key.split(".");
    const object = field && { ...JSON.parse(this.#config[group] ?? "{}"), [field]: value };
    this.#config[group] = object ? JSON.stringify(object) : value;
  }

  #up(): void {
    const wanted = wantedRelease(parseSettings(this.#config, "dev"));
    this.#last = planRelease(wanted, this.#last?.release, scripts, NO_FINDINGS, "now");
  }
}

const runbook = join("docs", "runbook.md");

describe("the runbook, followed step by step", () => {
  it("releases: all users are on green, and the way back is open", () => {
    const { weights, wayBack, retired } = new Stack().follow(section(runbook, "Release"));
    assert.deepEqual(weights, { blue: 0, green: 100 });
    assert.equal(wayBack.open, true);
    assert.deepEqual(retired, []);
  });

  it("goes back: all users are on blue again", () => {
    const stack = new Stack();
    stack.follow(section(runbook, "Release"));
    assert.deepEqual(stack.follow(section(runbook, "Go back")).weights, { blue: 100, green: 0 });
  });

  it("gives the idle color more servers in the update that goes back to it", () => {
    const stack = new Stack();
    stack.follow(section(runbook, "Release"));
    const { weights, gates } = stack.follow(section(runbook, "The idle color has too few servers"));
    assert.deepEqual(weights, { blue: 100, green: 0 });
    assert.deepEqual(
      gates.map(({ color }) => color),
      ["blue"],
    );
  });

  it("quotes what the gate says of a color with too few servers", () => {
    const tier = { tier: "web", targetGroupArn: "arn:", url: "http://edge", headers: {}, minHealthy: 2 };
    const targets = ["i-1", "i-2"].map((id) => ({ id, state: "healthy" }));
    const event = { color: "blue", version: "1.0.0", sharePercent: 100, otherSharePercent: 100 };
    const [problem = ""] = problemsOf(event, tier, { targets, answers: [], otherHealthy: 6 });
    const { text } = section(runbook, "The idle color has too few servers");
    const quoted = /`(2 healthy targets, [^`]+)`/.exec(text)?.[1] ?? "nothing";
    assert.ok(problem.startsWith(quoted), `the gate says: ${problem}; quoted is: ${quoted}`);
  });

  it("retires blue, and contracts: the way back is closed", () => {
    const stack = new Stack();
    stack.follow(section(runbook, "Release"));
    const { retired, schema, wayBack } = stack.follow(section(runbook, "Retire and contract"));
    assert.deepEqual(retired, ["blue"]);
    assert.equal(schema.contract?.through, "0002_split_name");
    assert.equal(wayBack.open, false);
  });

  it("contracts nothing before blue is retired", () => {
    const stack = new Stack();
    stack.follow(section(runbook, "Release"));
    const { file, text } = section(runbook, "Retire and contract");
    assert.throws(
      () => stack.follow({ file, text: text.replace("pulumi config set idle off", "") }),
      /contractThrough/,
    );
  });

  it("is what the README says in short, when nobody goes back", () => {
    const stack = new Stack();
    const { weights, retired, wayBack } = stack.follow(section("README.md", "Release, flip, go back"));
    assert.deepEqual(weights, { blue: 0, green: 100 });
    assert.deepEqual([retired, wayBack.open], [["blue"], false]);
  });
});
