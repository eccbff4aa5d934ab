import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { ProgramError } from "../../../engine/program/program-error";
import { type Properties, Secret } from "../../../engine/values/values";
import { type Config, PaperStack } from "../../support/stack";

interface Refused {
  readonly error: Error;
  readonly declared: readonly string[];
  readonly told: readonly string[];
}

/** Tries an update that is to be refused, and says what was done by then. */
async function refused(config: Config, options: { outputs?: Properties } = {}): Promise<Refused> {
  const stack = new PaperStack();
  if (options.outputs) await stack.remember(options.outputs);
  const error = await stack.up(config).then(
    () => new Error("it was accepted"),
    (reason: Error) => reason,
  );
  return { error, declared: stack.declared().names, told: stack.cloud.changes };
}

const RELEASED = {
  release: { live: "blue", versions: { blue: "1.0.0" }, weights: { blue: 100, green: 0 } },
};

describe("what the program refuses", () => {
  let mistyped: Refused;
  let hasty: Refused;
  let unheardOf: Refused;
  let unreadable: Refused;
  before(async function () {
    this.timeout(120_000);
    [mistyped, hasty] = await Promise.all([
      refused({ canaryPercent: 101, drainSecond: 60, hostedZoneId: new Secret("Z0000SECRET") }),
      refused({ greenVersion: "1.1.0", live: "green" }, { outputs: RELEASED }),
    ]);
    [unheardOf, unreadable] = await Promise.all([
      refused({ blueVersion: "9.9.9" }),
      refused({}, { outputs: { release: { live: "red" } } }),
    ]);
  });

  /** A RunError: Pulumi shows its message and no stack trace. */
  const sentences = ({ error }: Refused): string[] => {
    assert.ok(error instanceof ProgramError, String(error));
    assert.deepEqual(error.frames, []);
    return error.message.split("\n");
  };

  it("a config with mistakes: one sentence for each", () => {
    const [unknown, range, encrypted, ...more] = sentences(mistyped);
    assert.match(unknown ?? "", /drainSecond.*did you mean drainSeconds\?/);
    assert.match(range ?? "", /^canaryPercent must be a whole number from 0 to 99.*, got 101\./);
    assert.match(encrypted ?? "", /^hostedZoneId must be .*, got an encrypted value\./);
    assert.deepEqual(more, []);
  });

  it("a version that is new and gets users in one update", () => {
    const [sentence, ...more] = sentences(hasty);
    assert.match(sentence ?? "", /^live must be .*1\.1\.0.*, got "green"\. Deploy first: set live to blue/);
    assert.deepEqual(more, []);
  });

  it("a version that this checkout does not hold", () => {
    const [sentence, ...more] = sentences(unheardOf);
    assert.match(sentence ?? "", /1\.0\.0, 1\.1\.0.*got "9\.9\.9"/);
    assert.deepEqual(more, []);
  });

  it("a memory of the last release that it cannot read", () => {
    assert.match(
      sentences(unreadable).join("\n"),
      /^The stack's output `release` must be .*, got \{"live":"red"\}\./,
    );
  });

  it("comes before anything is declared or made", () => {
    for (const { declared, told } of [mistyped, hasty, unheardOf, unreadable]) {
      assert.deepEqual(told, []);
      // The stack itself, and what it reads of its own last outputs.
      assert.deepEqual(
        declared.filter((name) => !/^pulumi:pulumi:Stack(Reference)? /.test(name)),
        [],
      );
    }
  });
});
