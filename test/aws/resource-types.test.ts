import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "mocha";
import { forcesReplacement } from "../../aws/replacements";
import { RESOURCE_TYPES } from "../../aws/resource-types";

describe("AWS resource types:", () => {
  const entries = Object.entries(RESOURCE_TYPES);

  it("computed outputs and generated names are outputs of the SDK's types", () => {
    for (const [type, { computed = [], computedPerUpdate = [], generatedName }] of entries) {
      const declared = declaredOutputs(type);
      for (const output of [...computed, ...computedPerUpdate, generatedName ?? []].flat())
        assert.match(declared.get(output) ?? "none", /^(string|number)\b/, `${type} ${output}`);
    }
  });

  it("computed items are lists in the SDK's types", () => {
    for (const [type, { computedItems = {} }] of entries) {
      for (const output of Object.keys(computedItems))
        assert.match(declaredOutputs(type).get(output) ?? "none", /\[\]$/, `${type} ${output}`);
    }
  });

  it("types that hold data are types of the SDK", () => {
    const holding = entries.filter(([, { holdsData }]) => holdsData);
    assert.ok(holding.length > 35);
    for (const [type] of holding) assert.ok(declaredOutputs(type).size > 0, type);
  });

  it("defaults and kept values are of inputs that force a replacement", () => {
    for (const [type, { defaults = {}, keptWhenOmitted = [] }] of entries) {
      for (const input of [...Object.keys(defaults), ...keptWhenOmitted])
        assert.ok(forcesReplacement(type, input, "update"), `${type} ${input}`);
    }
  });

  it("are listed in alphabetical order", () => {
    const types = Object.keys(RESOURCE_TYPES);
    assert.deepEqual(types, [...types].sort());
  });
});

/** The outputs in the SDK's type declaration. */
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
