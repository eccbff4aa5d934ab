import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { confirmation } from "../../cli/ask";
import { program } from "../../cli/commands";
import { CommandLineError, parseCommandLine } from "../../cli/parse-command-line";

function inputOf(...args: string[]) {
  const parsed = parseCommandLine(args, program, { PULUMI_STACK: "prod" });
  assert.ok(typeof parsed === "object");
  return parsed.input as Record<string, unknown>;
}

function rejectedKeys(...args: string[]): string[] {
  try {
    inputOf(...args);
  } catch (error) {
    assert.ok(error instanceof CommandLineError);
    return error.cause.issues.map(({ key }) => key);
  }
  throw new Error("The command line was not rejected.");
}

describe("release, status and rollback: options", () => {
  it("read the steps, the bake and the stack", () => {
    const { goal, stack, waitMinutes } = inputOf("release", "1.1.0+2", "--steps", "5,25, 50", "--bake", "1h");
    assert.deepEqual(
      [goal, stack, waitMinutes],
      [{ version: "1.1.0+2", steps: [5, 25, 50], bakeMinutes: 60, retire: false, retry: false }, "prod", 20],
    );
    assert.equal((inputOf("release", "1.1.0", "--contract").goal as { retire: boolean }).retire, true);
  });

  it("report all wrong values at once", () => {
    const wrong = ["--steps", "50,5", "--bake", "300m", "--wait", "x", "--stack", "a b"];
    assert.deepEqual(rejectedKeys("release", "1.1", ...wrong), [
      "version",
      "--stack",
      "--steps",
      "--bake",
      "--wait",
    ]);
    for (const steps of ["0", "100", "5,5", "", "a"]) {
      assert.deepEqual(rejectedKeys("release", "1.1.0", `--steps=${steps}`), ["--steps"], steps);
    }
    assert.deepEqual(rejectedKeys("rollback", "--to", "red"), ["--to"]);
    for (const reason of ["", " ", "two\nlines", "x".repeat(257)]) {
      assert.deepEqual(rejectedKeys("release", "1.1.0", "--reason", reason), ["--reason"]);
    }
    assert.equal(
      inputOf("rollback", "--reason", "two\nlines").reason,
      "two\nlines",
      "an emergency waits for no text",
    );
  });

  it("traffic shifts only after a confirmation", async () => {
    assert.equal(await confirmation(true, undefined)("Shift?"), true);
    assert.equal(await confirmation(false, async () => false)("Shift?"), false);
    assert.throws(
      () => confirmation(false, undefined),
      /^UsageError: --yes must be given without a terminal/,
    );
  });
});
