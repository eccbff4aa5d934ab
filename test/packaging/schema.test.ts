import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getPulumiComponents } from "@pulumi/pulumi/provider/experimental/provider";
import { describe, it } from "mocha";
import { parse } from "yaml";
import * as components from "../../components";
import { specOf } from "../../components/package-provider";
import type { ComponentSpec } from "../../components/validation/args-spec";
import { findIssues } from "../../components/validation/find-issues";
import { SCHEMA_FILE } from "../../packaging/schema";
import { ROOT } from "./consumer";

interface Schema {
  name: string;
  version: string;
  resources: Record<string, { inputProperties: Record<string, Arg> }>;
  types: Record<string, { properties?: Record<string, Arg> }>;
}

interface Arg {
  type?: string;
  optional?: boolean;
  description?: string;
}

/** The committed one; that it is what the components say, the packed plugin's own answer tells (package.test.ts). */
const schema: Schema = JSON.parse(readFileSync(SCHEMA_FILE, "utf8"));

describe("the schema of the component package", () => {
  it("has every component under its own name", () => {
    const names = getPulumiComponents(components).map(({ name }) => `changeover:index:${name}`);
    assert.deepEqual(Object.keys(schema.resources).sort(), names.sort());
  });

  it("has what the README's program in YAML asks for", () => {
    const readme = readFileSync(join(ROOT, "components", "README.md"), "utf8");
    const { resources } = parse(/^```yaml\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? "");
    const declared = Object.entries<{ type: string; properties: object }>(resources);
    for (const [name, { type, properties }] of declared) {
      assert.ok(type in schema.resources, type);
      const component = getPulumiComponents(components).find((each) => type.endsWith(`:${each.name}`));
      const text = JSON.stringify(properties).replace(/\$\{pulumi\.cwd\}/, join(ROOT, "app"));
      const args: object = JSON.parse(text.replace(/"\$\{[^"]+\}"/g, '{"__pulumiUnknown":true}'));
      assert.deepEqual(component && findIssues(name, args, specOf(component) as ComponentSpec<object>), []);
    }
    assert.ok(declared.length > 2);
  });

  /** What args are of, directly: no type of an arg holds another that has args. */
  const taken = JSON.stringify(Object.values(schema.resources).map((each) => each.inputProperties));

  it("names no type as the libraries of other languages name args: they add that themselves", () => {
    assert.deepEqual(
      Object.keys(schema.types).filter((type) => type.endsWith("Args")),
      [],
    );
  });

  const allArgs = () =>
    [
      ...Object.entries(schema.resources).map(([type, { inputProperties }]) => ({
        type,
        args: inputProperties,
      })),
      ...Object.entries(schema.types).map(([type, { properties = {} }]) => ({ type, args: properties })),
    ].flatMap(({ type, args }) =>
      Object.entries(args).map(([name, arg]) => ({
        arg: `${type.split(":")[2]}.${name}`,
        isArg: type in schema.resources || taken.includes(`/${type}"`),
        ...arg,
      })),
    );

  it("says what every arg means", () => {
    const undescribed = allArgs().filter(({ description }) => !description);
    assert.deepEqual(
      undescribed.map(({ arg }) => arg),
      [],
    );
  });

  it("says it in words of any language, not in links that the analyzer cannot follow", () => {
    assert.ok(!JSON.stringify(schema).includes("[object Object]"), "a docstring holds {@link …}");
  });

  it("says the default of every arg that can be left out", () => {
    const silent = allArgs().filter(
      ({ isArg, optional, description }) => isArg && optional && !/Default:\s/.test(description ?? ""),
    );
    assert.deepEqual(
      silent.map(({ arg }) => arg),
      [],
    );
  });

  it("says the range of every number", () => {
    const silent = allArgs().filter(
      ({ type, description }) => type === "number" && !/\d/.test(description ?? ""),
    );
    assert.deepEqual(
      silent.map(({ arg }) => arg),
      [],
    );
  });
});
