import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { loadProject } from "../../../engine/program/project";
import { type ConfigOptions, loadStackConfig, readEnvironment } from "../../../engine/program/stack-config";
import { Secret } from "../../../engine/values/values";
import { cleanUpAfterEach, temporaryFolder } from "../support";

describe("stack config", () => {
  cleanUpAfterEach();

  const load = (project: string, stack: string | undefined, options?: ConfigOptions) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "Pulumi.yaml"), `name: shop\nruntime: nodejs\n${project}`);
    if (stack !== undefined) writeFileSync(join(folder, "Pulumi.dev.yaml"), stack);
    return loadStackConfig(loadProject(folder), "dev", options);
  };

  it("merges file, overrides and defaults to the texts that a program receives", () => {
    const project =
      "config:\n  size: {type: integer, default: 3}\n  region: eu\n  aws:region: {value: eu-west-1}\n";
    const stack = "config:\n  shop:web: {min: 1, zones: [a]}\n  on: true\n  shop:config:old: x\n";
    const { values, secretKeys } = load(project, stack, { overrides: { "shop:region": "us", extra: 1.5 } });
    assert.deepEqual(values, {
      "aws:region": "eu-west-1",
      "shop:extra": "1.5",
      "shop:old": "x",
      "shop:on": "true",
      "shop:region": "us",
      "shop:size": "3",
      "shop:web": '{"min":1,"zones":["a"]}',
    });
    assert.deepEqual(secretKeys, []);
  });

  it("needs no file if every key has a default", () => {
    assert.deepEqual(load("config: {a: 1}", undefined).values, { "shop:a": "1" });
  });

  it("reads the environments of Pulumi ESC", () => {
    const environment = (stack: string | undefined) => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
      if (stack !== undefined) writeFileSync(join(folder, "Pulumi.dev.yaml"), stack);
      return readEnvironment(loadProject(folder), "dev");
    };
    assert.deepEqual(environment("environment: [shop/dev]\nconfig: {a: 1}\n"), ["shop/dev"]);
    for (const none of ["config: {a: 1}\n", "environment:\n", undefined])
      assert.equal(environment(none), undefined);
  });

  it("reports all missing required keys", () => {
    const project = "config:\n  b: {type: string}\n  a: {type: string}\n  aws:region: {}\n";
    assert.throws(
      () => load(project, ""),
      /^EngineInputError: Stack 'dev' is missing configuration values 'a' and 'b'$/,
    );
  });

  it("checks types with the CLI's messages", () => {
    const of = (type: string, value: string) => () =>
      load(`config: {k: ${type}}`, `config: {shop:k: ${value}}`).values["shop:k"];
    assert.throws(of("{type: integer}", "1.5"), /configuration key 'k' must be of type 'integer'/);
    assert.throws(of("{type: boolean}", "yes please"), /must be of type 'boolean'/);
    assert.throws(of("{type: array, items: {type: integer}}", "[1, x]"), /must be of type 'array<integer>'/);
    assert.equal(of("{type: integer}", '"7"')(), "7");
    assert.equal(of("{type: array, items: {type: string}}", "[a, b]")(), '["a","b"]');
    assert.throws(of("{type: number}", "1"), /config "k" must be one of string, boolean, .*, got "number"/);
    assert.throws(of("{default: 1, value: 2}", "1"), /either default or value/);
  });

  it("rejects encrypted values, or replaces them by overrides or placeholders", () => {
    const stack = "config:\n  shop:password: {secure: v1:abc}\n  shop:nested: {a: {secure: v1:def}}\n";
    assert.throws(() => load("", stack), /"shop:password" of stack 'dev' is encrypted.*Pass a value/);
    const overrides = { "shop:password": new Secret("x"), "shop:nested": "y" };
    assert.deepEqual(load("", stack, { overrides }).secretKeys, ["shop:password"]);
    const placeholder = load("", stack, { encrypted: "placeholder" });
    assert.deepEqual(placeholder.secretKeys, ["shop:nested", "shop:password"]);
    // The placeholder differs for another value, and shows neither.
    const other = load("", stack.replace("v1:abc", "v1:xyz"), { encrypted: "placeholder" });
    assert.notEqual(other.values["shop:password"], placeholder.values["shop:password"]);
    assert.equal(other.values["shop:nested"], placeholder.values["shop:nested"]);
    assert.doesNotMatch(JSON.stringify(placeholder.values), /abc|def/);
  });

  it("makes a value secret if the project says so", () => {
    assert.deepEqual(load("config: {k: {type: string, secret: true}}", "config: {shop:k: x}").secretKeys, [
      "shop:k",
    ]);
  });

  it("rejects other runtimes, invalid files and invalid keys", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "Pulumi.yaml"), "name: shop\nruntime: python\n");
    assert.throws(() => loadProject(folder), /runtime must be "nodejs", got "python"/);
    writeFileSync(join(folder, "Pulumi.yaml"), "name: [\n");
    assert.throws(() => loadProject(folder), /Pulumi.yaml cannot be read/);
    writeFileSync(join(folder, "Pulumi.yaml"), "name: shop\nruntime: nodejs\nmain: nowhere\n");
    assert.throws(() => loadProject(folder), /main must be an existing file or folder, got .*nowhere/);
    assert.throws(() => load("", "config: {a:b:c: 1}"), /project:key, got "a:b:c"/);
  });
});
