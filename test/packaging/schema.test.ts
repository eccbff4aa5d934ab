import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getPulumiComponents } from "@pulumi/pulumi/provider/experimental/provider";
import { describe, it } from "mocha";
import { parse } from "yaml";
import * as components from "../../components/index";
import { specOf } from "../../components/package-provider";
import { assertCompleteSchema } from "../../components/sdk-version";
import type { AnyArgsSpec, ComponentSpec } from "../../components/validation/args-spec";
import { findIssues, formatDefault } from "../../components/validation/find-issues";
import { SCHEMA_FILE } from "../../packaging/schema";
import { packagePages, ROOT } from "./consumer";

interface Schema {
  name: string;
  version: string;
  resources: Record<string, { inputProperties: Record<string, Arg> }>;
  types: Record<string, { properties?: Record<string, Arg> }>;
}

interface Arg {
  description?: string;
  $ref?: string;
  items?: Arg;
}

/** The committed schema; package.test.ts compares it with the schema that the package serves. */
const schema: Schema = JSON.parse(readFileSync(SCHEMA_FILE, "utf8"));

describe("schema of the component package", () => {
  it("schema: is not served by an SDK that would leave out inherited args", () => {
    for (const version of ["3.230.0", "3.248.0", "4.0.0"]) assertCompleteSchema(version);
    assert.throws(
      () => assertCompleteSchema("3.229.0"),
      /^Error: @pulumi\/pulumi must be version 3\.230\.0 or later .*, got 3\.229\.0\. Run npm install/,
    );
  });

  it("schema: has every component under its name", () => {
    const names = getPulumiComponents(components).map(({ name }) => `changeover:index:${name}`);
    assert.deepEqual(Object.keys(schema.resources).sort(), names.sort());
  });

  it("schema: accepts the YAML programs of the docs", () => {
    const pages = packagePages().map((page) => readFileSync(join(ROOT, "components", page), "utf8"));
    const programs = [...pages.join("\n").matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = ""]) =>
      parse(text),
    );
    const declared = programs
      .flatMap(({ resources }) => Object.entries<{ type: string; properties: object }>(resources))
      .filter(([, { type }]) => !type.startsWith("random:"));
    for (const [name, { type, properties }] of declared) {
      assert.ok(type in schema.resources, type);
      const component = getPulumiComponents(components).find((each) => type.endsWith(`:${each.name}`));
      const text = JSON.stringify(properties).replace(/\$\{pulumi\.cwd\}/, join(ROOT, "app"));
      const args: object = JSON.parse(text.replace(/"\$\{[^"]+\}"/g, '{"__pulumiUnknown":true}'));
      assert.deepEqual(component && findIssues(name, args, specOf(component) as ComponentSpec<object>), []);
    }
    assert.ok(declared.length > 2);
  });

  it("schema: has no type name that ends with Args, which the SDKs of other languages append", () => {
    assert.deepEqual(
      Object.keys(schema.types).filter((type) => type.endsWith("Args")),
      [],
    );
  });

  it("schema: has no link that the analyzer cannot resolve", () => {
    assert.ok(!JSON.stringify(schema).includes("[object Object]"), "a docstring contains {@link …}");
  });

  it("schema: describes every arg, with its range and its default", () => {
    const descriptions = getPulumiComponents(components).flatMap((component) => {
      const properties = schema.resources[`changeover:index:${component.name}`]?.inputProperties ?? {};
      return describedArgs(component.name, properties, specOf(component).args);
    });
    assert.ok(descriptions.length > 100);
    assert.deepEqual(
      descriptions.filter(({ description, expected }) =>
        expected.some((text) => !description.includes(text)),
      ),
      [],
    );
  });
});

interface DescribedArg {
  readonly arg: string;
  readonly description: string;
  /** The texts that the description must have. */
  readonly expected: readonly string[];
}

function describedArgs(owner: string, properties: Record<string, Arg>, specs: AnyArgsSpec): DescribedArg[] {
  return Object.entries(specs).flatMap(([key, spec]) => {
    const { description = "", $ref, items } = properties[key] ?? {};
    const defaultText = formatDefault(spec);
    // The docstring of a retention lists its values.
    const isRange = (spec.kind === "integer" || spec.kind === "number") && key !== "flowLogRetentionDays";
    const expected = [
      ...(isRange ? [String(spec.max)] : []),
      ...(defaultText === undefined ? [] : [`Default: ${defaultText}.`]),
    ];
    const type = ($ref ?? items?.$ref ?? "").replace("#/types/", "");
    const form = spec.kind === "list" ? spec.items : spec;
    const nested =
      form.kind === "object" ? describedArgs(type, schema.types[type]?.properties ?? {}, form.args) : [];
    const self = {
      arg: `${owner}.${key}`,
      description,
      expected: description === "" ? ["a description"] : expected,
    };
    return [self, ...nested];
  });
}
