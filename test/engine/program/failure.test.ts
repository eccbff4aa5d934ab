import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { evaluate } from "../../../engine/program/evaluate";
import { ProgramError } from "../../../engine/program/program-error";
import { fixture } from "../support";

describe("a program that does not come to its end", () => {
  async function ending(how: string): Promise<ProgramError> {
    const evaluation = evaluate({ programDirectory: fixture("refusing"), stack: "dev", config: { how } });
    const error = await evaluation.catch((caught: unknown) => caught);
    assert.ok(error instanceof ProgramError, String(error));
    return error;
  }

  const NO = "live: got purple; allowed is blue or green";
  const refusals: Readonly<Record<string, string | RegExp>> = {
    missing: /Missing required configuration variable 'refusing:size'/,
    "ill-typed": "Configuration 'refusing:how' value 'ill-typed' is not a valid number",
    "not-allowed": /refusing:how.*not a legal enum value/,
    thrown: NO,
    rejected: NO,
    "in-apply": NO,
    foreign: NO,
    resource: "first cannot be made smaller",
    property: "rules[0].port: is 0",
    properties: "two are wrong\nport: is 0\nname: is empty",
    marked: "size: got 1; allowed is 2 or more",
  };
  for (const [how, says] of Object.entries(refusals)) {
    it(`refuses: ${how}`, async () => {
      const { rejected, message, frames } = await ending(how);
      assert.deepEqual([rejected, frames], [true, []], message);
      if (typeof says === "string") assert.equal(message, says);
      else assert.match(message, says);
    });
  }

  const breaks: Readonly<Record<string, { says: RegExp; at?: string }>> = {
    plain: { says: /^live: got purple/, at: "index.ts:56:11" },
    named: { says: /^RunError: got purple$/, at: "index.ts:59:25" },
    "resource-with-stack": { says: /first cannot be made smaller/, at: "index.ts:62:11" },
    both: { says: /no such thing/, at: "index.ts:65:20" },
    exit: { says: /^The program's process ended \(exit status 1\)/ },
    unresolved: {
      says: /^The program ends before it has declared waiting \(memory:index:Thing\), after \(.*\)\. A promise that never resolves is in waiting\.size\.minimum\.$/,
    },
    "unresolved-output": {
      says: /^The program ends before it has declared waiting .* A promise or an output /,
    },
  };
  for (const [how, { says, at }] of Object.entries(breaks)) {
    it(`breaks: ${how}`, async () => {
      const { rejected, message, frames } = await ending(how);
      assert.equal(rejected, false, message);
      assert.match(message, says);
      if (at !== undefined)
        assert.ok(
          frames.some((frame) => frame.includes(at)),
          frames.join("\n"),
        );
    });
  }
});
