import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { evaluate } from "../../../engine/program/evaluate";
import { ProgramError } from "../../../engine/program/program-error";
import { fixture, inParallel } from "../support";

describe("failure of a program", () => {
  const errors = new Map<string, ProgramError>();
  const MESSAGE = "live: got purple; allowed is blue or green";
  const rejections: Readonly<Record<string, string | RegExp>> = {
    missing: /Missing required configuration variable 'rejecting:size'/,
    "ill-typed": "Configuration 'rejecting:how' value 'ill-typed' is not a valid number",
    "not-allowed": /rejecting:how.*not a legal enum value/,
    thrown: MESSAGE,
    rejected: MESSAGE,
    "in-apply": MESSAGE,
    foreign: MESSAGE,
    resource: "first cannot be made smaller",
    property: "rules[0].port: is 0",
    properties: "two are wrong\nport: is 0\nname: is empty",
  };
  const crashes: Readonly<Record<string, { expected: RegExp; at?: string }>> = {
    plain: { expected: /^live: got purple/, at: "index.ts:46:11" },
    named: { expected: /^RunError: got purple$/, at: "index.ts:49:25" },
    "resource-with-stack": { expected: /first cannot be made smaller/, at: "index.ts:52:11" },
    both: { expected: /no such thing/, at: "index.ts:55:20" },
    exit: { expected: /^The program's process ended \(exit status 1\)/ },
    unresolved: {
      expected:
        /^The program ends before it has declared waiting \(memory:index:Thing\), after \(.*\)\. A promise that never resolves is in waiting\.size\.minimum\.$/,
    },
    "unresolved-output": {
      expected: /^The program ends before it has declared waiting .* A promise or an output /,
    },
  };
  before(async function () {
    this.timeout(120_000);
    await inParallel([...Object.keys(rejections), ...Object.keys(crashes)], 3, async (how) => {
      const options = { programDirectory: fixture("rejecting"), stack: "dev", config: { how } };
      const error = await evaluate(options).catch((caught: unknown) => caught);
      assert.ok(error instanceof ProgramError, `${how}: ${error}`);
      errors.set(how, error);
    });
  });
  const errorOf = (how: string) => errors.get(how) ?? assert.fail(how);

  for (const [how, expected] of Object.entries(rejections)) {
    it(`is a validation error: ${how}`, () => {
      const { rejected, message, frames } = errorOf(how);
      assert.deepEqual([rejected, frames], [true, []], message);
      if (typeof expected === "string") assert.equal(message, expected);
      else assert.match(message, expected);
    });
  }

  for (const [how, { expected, at }] of Object.entries(crashes)) {
    it(`is a crash: ${how}`, () => {
      const { rejected, message, frames } = errorOf(how);
      assert.equal(rejected, false, message);
      assert.match(message, expected);
      if (at !== undefined)
        assert.ok(
          frames.some((frame) => frame.includes(at)),
          frames.join("\n"),
        );
    });
  }
});
