import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "mocha";
import { COMPUTED, NAMED_BY, VERSIONS } from "../../preview/symbols";

describe("symbols for what only a cloud tells", () => {
  const named = Object.entries(NAMED_BY).map(([type, output]): [string, readonly string[]] => [
    type,
    [output],
  ]);
  for (const [type, outputs] of [...Object.entries(COMPUTED), ...Object.entries(VERSIONS), ...named]) {
    it(`are of outputs that ${type} has: ${outputs.join(", ")}`, () => {
      const declared = declaredOutputs(type);
      for (const output of outputs)
        assert.match(declared.get(output) ?? "none", /^(string|number)\b/, output);
    });
  }
});

/** What the SDK's types say that a resource has, by its output. */
function declaredOutputs(type: string): Map<string, string> {
  const [provider, module = ""] = type.split(":");
  const sdk = dirname(require.resolve(`@pulumi/${provider}/package.json`));
  const file = join(sdk, `${module.replace(/^index\//, "")}.d.ts`);
  assert.ok(existsSync(file), file);
  const [declaration = ""] =
    /^export declare class [\s\S]*?\n {4}constructor/m.exec(readFileSync(file, "utf8")) ?? [];
  return new Map(
    [...declaration.matchAll(/^ {4}readonly (\w+): pulumi\.Output<(.*)>;$/gm)].map(
      ([, name = "", of = ""]) => [name, of],
    ),
  );
}
