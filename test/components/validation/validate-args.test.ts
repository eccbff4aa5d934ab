import assert from "node:assert/strict";
import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { describe, it } from "mocha";
import type { ComponentSpec } from "../../../components/validation/args-spec";
import { validateArgs } from "../../../components/validation/validate-args";

interface TankArgs {
  litres: number;
  color?: "blue" | "green";
  code?: string;
  labels?: string[];
}

const spec = {
  args: {
    litres: { kind: "integer", min: 1, max: 5, required: true },
    color: { kind: "enum", values: ["blue", "green"], default: "blue" },
    code: {
      kind: "string",
      format: { pattern: /^\d+$/, allowed: "digits" },
      secret: true,
      whenOmitted: "none",
    },
    labels: { kind: "list", items: { kind: "string" }, whenOmitted: "none" },
  },
  checks: [
    {
      reads: ["litres", "color"],
      check: ({ litres, color }) =>
        litres === 5 && color === "green"
          ? [{ key: "litres", allowed: "below 5 in green", got: litres }]
          : [],
    },
  ],
} as const satisfies ComponentSpec<TankArgs>;

const validate = (args: object) => validateArgs({ name: "Tank", spec }, "t", args as TankArgs);

function errorOf(call: () => unknown): pulumi.InputPropertiesError {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof pulumi.InputPropertiesError, String(error));
    return error;
  }
  throw new Error("No error was thrown.");
}

describe("validateArgs", () => {
  it("validateArgs: throws all issues of a call at once", () => {
    const error = errorOf(() => validate({ litres: 0, color: "red", colour: "blue", labels: [1] }));
    assert.deepEqual(
      error.errors.map(({ propertyPath }) => propertyPath),
      ["colour", "litres", "color", "labels[0]"],
    );
    assert.equal(
      error.message,
      [
        'Tank "t": colour must be one of litres, color, code, labels, got an unknown key. Did you mean color?',
        'Tank "t": litres must be an integer from 1 to 5, got 0.',
        'Tank "t": color must be blue or green, got "red".',
        'Tank "t": labels[0] must be a text, got 1. Put it in quotes.',
      ].join("\n"),
    );
    assert.equal(error.errors[1]?.reason, "litres must be an integer from 1 to 5, got 0.");
  });

  it("validateArgs: throws an error that Pulumi shows without a stack trace, however it is printed", () => {
    const error = errorOf(() => validate({ litres: 6 }));
    assert.ok(pulumi.InputPropertiesError.isInstance(error) && pulumi.RunError.isInstance(error));
    assert.equal(inspect(error), error.message);
  });

  it("validateArgs: does not show a secret", () => {
    const messageOf = (code: unknown) => errorOf(() => validate({ litres: 1, code })).message;
    assert.equal(messageOf("s3cret"), 'Tank "t": code must be digits, got a hidden value.');
    assert.equal(messageOf(7), 'Tank "t": code must be digits, got a hidden value. Put it in quotes.');
  });

  it("validateArgs: skips a cross-field check of args that are invalid themselves", () => {
    const paths = (args: object) =>
      errorOf(() => validate(args)).errors.map(({ propertyPath }) => propertyPath);
    assert.deepEqual(paths({ litres: 5, color: "green" }), ["litres"]);
    assert.deepEqual(paths({ litres: 5, color: "red" }), ["color"]);
  });

  it("validateArgs: returns the args with their defaults", () => {
    assert.deepEqual(validate({ litres: 1, labels: undefined }), { litres: 1, color: "blue" });
    assert.deepEqual(validate({ litres: 1, color: "green" }), { litres: 1, color: "green" });
  });

  it("validateArgs: a spec without an arg, or with an arg of another kind, does not compile", () => {
    const { litres, ...others } = spec.args;
    const specs: readonly ComponentSpec<TankArgs>[] = [
      // @ts-expect-error "litres" is missing.
      { args: others },
      // @ts-expect-error "litres" is a number.
      { args: { ...others, litres: { kind: "string", required: true } } },
      // @ts-expect-error "litres" is required.
      { args: { ...others, litres: { kind: "integer", min: 1, max: 5, default: 1 } } },
      // @ts-expect-error "litres" is known before apply.
      { args: { ...others, litres: { ...litres, input: true } } },
    ];
    assert.equal(specs.length, 4);
  });
});
