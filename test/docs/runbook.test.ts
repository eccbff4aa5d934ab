import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "mocha";
import { loadScripts } from "../../lambda/migrate/script";
import { parseSettings, wantedRelease } from "../../plan/parse";
import { planRelease, type ReleasePlan } from "../../plan/plan";
import { commandsIn, type Page, pages, ROOT } from "./markdown";

const scripts = loadScripts(join(ROOT, "migrations"));

/** The part of a page below a heading. */
function section(file: string, heading: string): Page {
  const page = pages().find((each) => each.file === file);
  const text = page?.text.split(/^##+ /m).find((part) => part.startsWith(`${heading}\n`));
  assert.ok(text, `${file} has no section ${heading}`);
  return { file, text };
}

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
      const [, command, , key = "", value = ""] = words;
      if (command === "config") this.#config = { ...this.#config, [key]: value };
      if (command === "up") this.#up();
    }
    assert.ok(this.#last);
    return this.#last;
  }

  #up(): void {
    const wanted = wantedRelease(parseSettings(this.#config, "dev"));
    this.#last = planRelease(wanted, this.#last?.release, scripts);
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
