import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { ProgramError } from "../../../engine/program/program-error";
import { type Properties, Secret } from "../../../engine/values/values";
import { type Config, PaperStack } from "../../support/stack";

interface Rejection {
  readonly error: Error;
  readonly declared: readonly string[];
  readonly changes: readonly string[];
}

/** Runs an update that is expected to fail. */
async function reject(config: Config, options: { outputs?: Properties } = {}): Promise<Rejection> {
  const stack = new PaperStack();
  if (options.outputs) await stack.remember(options.outputs);
  const error = await stack.up(config).then(
    () => new Error("the update succeeded"),
    (reason: Error) => reason,
  );
  return { error, declared: stack.declared().names, changes: stack.cloud.changes };
}

const RELEASED = {
  release: { live: "blue", versions: { blue: "1.0.0" }, weights: { blue: 100, green: 0 } },
};

describe("validation of a stack", () => {
  let misspelt: Rejection;
  let newAndLive: Rejection;
  let unknownVersion: Rejection;
  let malformedOutput: Rejection;
  before(async function () {
    this.timeout(120_000);
    [misspelt, newAndLive] = await Promise.all([
      reject({ canaryPercent: 101, drainSecond: 60, hostedZoneId: new Secret("Z0000SECRET") }),
      reject({ greenVersion: "1.1.0", live: "green" }, { outputs: RELEASED }),
    ]);
    [unknownVersion, malformedOutput] = await Promise.all([
      reject({ blueVersion: "9.9.9" }),
      reject({}, { outputs: { release: { live: "red" } } }),
    ]);
  });

  /** A RunError: Pulumi shows its message and no stack trace. */
  const messages = ({ error }: Rejection): string[] => {
    assert.ok(error instanceof ProgramError, String(error));
    assert.deepEqual(error.frames, []);
    return error.message.split("\n");
  };

  it("validation: one message for each invalid setting", () => {
    const [unknown, range, encrypted, ...more] = messages(misspelt);
    assert.match(unknown ?? "", /drainSecond.*did you mean drainSeconds\?/);
    assert.match(range ?? "", /^canaryPercent must be a whole number from 0 to 99.*, got 101\./);
    assert.match(encrypted ?? "", /^hostedZoneId must be .*, got an encrypted value\./);
    assert.deepEqual(more, []);
  });

  it("validation: a new version cannot receive traffic in the same update", () => {
    const [message, ...more] = messages(newAndLive);
    assert.match(message ?? "", /^live must be .*1\.1\.0.*, got "green"\. Deploy first: set live to blue/);
    assert.deepEqual(more, []);
  });

  it("validation: an unknown version", () => {
    const [message, ...more] = messages(unknownVersion);
    assert.match(message ?? "", /1\.0\.0, 1\.1\.0.*got "9\.9\.9"/);
    assert.deepEqual(more, []);
  });

  it("validation: a malformed output of the last release", () => {
    assert.match(
      messages(malformedOutput).join("\n"),
      /^The stack's output `release` must be .*, got \{"live":"red"\}\./,
    );
  });

  it("validation: comes before any resource is declared or created", () => {
    for (const { declared, changes } of [misspelt, newAndLive, unknownVersion, malformedOutput]) {
      assert.deepEqual(changes, []);
      // The stack, and its reference to its own last outputs.
      assert.deepEqual(
        declared.filter((name) => !/^pulumi:pulumi:Stack(Reference)? /.test(name)),
        [],
      );
    }
  });
});
