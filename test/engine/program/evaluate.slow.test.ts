import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { evaluate } from "../../../engine/program/evaluate";
import type { Graph } from "../../../engine/program/graph";
import { diffGraphs } from "../../../engine/program/graph-diff";
import { ProgramError } from "../../../engine/program/program-error";
import { printable } from "../../../engine/values/property-diff";
import { AssetValue, ResourceReference, Secret } from "../../../engine/values/values";
import { ops } from "../deploy-resources";
import { cleanUpAfterEach, fixture, temporaryFolder } from "../support";

describe("evaluate", () => {
  cleanUpAfterEach();

  it("records the resources of a program, without a provider", async () => {
    const graph = await evaluate({ programDirectory: fixture("transforms"), stack: "dev" });
    assert.deepEqual(
      graph.resources.map(({ name, type }) => [name, type]),
      [
        ["transforms-dev", "pulumi:pulumi:Stack"],
        ["group", "test:index:Group"],
        ["group-child", "memory:index:Thing"],
      ],
    );
    const child = graph.resources[2];
    assert.deepEqual(printable(child?.inputs ?? null), {
      size: 5,
      password: "[secret]",
      tags: { stack: "dev" },
    });
    assert.equal(child?.options.protect, true);
  });

  it("evaluates a program on the real AWS SDK, and lists placeholders of data sources", async () => {
    const at = (status: string) =>
      evaluate({ programDirectory: fixture("bucket"), stack: "dev", config: { "bucket:status": status } });
    const [base, head] = await Promise.all([at("Enabled"), at("Suspended")]);
    assert.deepEqual(
      base.placeholders.map(({ token }) => token),
      ["aws:index/getAvailabilityZones:getAvailabilityZones"],
    );
    const bucket = base.resources.find((resource) => resource.name === "records");
    assert.equal(bucket?.type, "aws:s3/bucket:Bucket");
    assert.deepEqual(printable(bucket?.inputs ?? null), { forceDestroy: true, tags: { zone: "[unknown]" } });
    assert.equal(String(base.outputs.name), "[unknown]");
    const steps = diffGraphs(base, head);
    assert.deepEqual(ops(steps), ["same bucket-dev", "same records", "update versioning"]);
    assert.equal(steps[2]?.changes[0]?.path, "versioningConfiguration.status");
  });

  it("serializes a function to a Lambda's code, with the deferred modules of the SDK", async () => {
    const { resources } = await evaluate({ programDirectory: fixture("serialized"), stack: "dev" });
    const code = resources.find(({ type }) => type === "aws:lambda/function:Function")?.inputs.code;
    assert.ok(code instanceof AssetValue);
    const entries = code.source.assets ?? {};
    const text = entries["__index.js"]?.source.text ?? "";
    assert.match(text, /hello \$\{word\}/);
    // Imported modules are required, not serialized.
    for (const name of ["node:crypto", "node:os", "node:util", "ws"])
      assert.match(text, new RegExp(`require\\("${name.replace("node:", "(node:)?")}`), name);
    const packages = Object.keys(entries).filter((name) => /node_modules\/(zod|pg)$/.test(name));
    assert.equal(packages.length, 2);
  }).timeout(20_000);

  it("uses known outputs of the caller", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "code.js"), "first");
    const graph = await evaluate({
      programDirectory: fixture("values"),
      stack: "dev",
      config: { file: join(folder, "code.js") },
      placeholders: ({ name }) => ({ id: `${name}-id`, outputs: { arn: `arn:${name}` } }),
    });
    const user = graph.resources.find((resource) => resource.name === "user");
    assert.deepEqual(printable(user?.inputs ?? null), {
      found: "[unknown]",
      maker: "maker-id",
      of: "[unknown]",
    });
    assert.equal(graph.resources.find((resource) => resource.name === "existing")?.read, true);
  });

  it("passes a resource as its id, as to a provider", async () => {
    const graph = await evaluate({
      ...{ programDirectory: fixture("passed"), stack: "dev" },
      placeholders: ({ name }) => ({ id: `${name}-id` }),
    });
    const inputs = (name: string) => graph.resources.find((each) => each.name === name)?.inputs ?? {};
    const { owner, secrets } = inputs("user");
    assert.equal(owner, "owner-id");
    assert.deepEqual(secrets instanceof Secret && secrets.reveal(), ["other-id"]);
    assert.deepEqual(inputs("reader"), { ownerOfUser: "owner-id" });
    // Component plugins take and return resources.
    assert.ok(inputs("plugin").owner instanceof ResourceReference);
    assert.deepEqual(inputs("guest"), { size: 1 });
    assert.deepEqual(graph.placeholders, []);
  });

  it("makes encrypted config a secret placeholder, and reads last outputs from the caller", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "Pulumi.yaml"), "name: reference\nruntime: nodejs\nmain: index.ts\n");
    writeFileSync(join(folder, "Pulumi.dev.yaml"), "config:\n  reference:version:\n    secure: v1:abc\n");
    writeFileSync(
      join(folder, "index.ts"),
      `export * from ${JSON.stringify(join(fixture("reference"), "index"))};\n`,
    );
    const graph = await evaluate({ programDirectory: folder, stack: "dev", lastOutputs: { version: "7" } });
    assert.ok(graph.outputs.token instanceof Secret);
    assert.equal(graph.outputs.before, "7");
    assert.equal(graph.resources.find((resource) => resource.name === "thing")?.inputs.before, "7");
  });

  it("fails with the error of the program", async () => {
    const evaluation = evaluate({
      programDirectory: fixture("broken"),
      stack: "dev",
      config: { how: "throw" },
    });
    await assert.rejects(
      evaluation,
      (error) => error instanceof ProgramError && /no such thing/.test(error.message),
    );
  });

  it("reports the source position of an error in an ES module", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "Pulumi.yaml"), "name: thrower\nruntime: nodejs\nmain: index.ts\n");
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const program = `import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

interface Nothing { readonly here: string }
const nothing = JSON.parse("null") as Nothing;
export const answer = pulumi.output([nothing.here, random]);
`;
    writeFileSync(join(folder, "index.ts"), program);
    symlinkSync(join(__dirname, "../../../node_modules"), join(folder, "node_modules"));
    const error = await evaluate({ programDirectory: folder, stack: "dev" }).catch((caught) => caught);
    assert.ok(error instanceof ProgramError, String(error));
    assert.match(error.frames[0] ?? "", /^index\.ts:6:\d+$/);
  });
});

describe("graph diff", () => {
  const graph = (...resources: Graph["resources"][number][]): Graph => {
    return { project: "p", stack: "dev", resources, outputs: {}, placeholders: [], messages: [] };
  };
  const resource = (name: string, inputs = {}, more: Partial<Graph["resources"][number]> = {}) => ({
    ...{ urn: `urn:pulumi:dev::p::a:b:C::${name}`, type: "a:b:C", name, custom: true, remote: false, inputs },
    ...{ dependencies: [], propertyDependencies: {}, read: false },
    options: {
      ...{
        ignoreChanges: [],
        replaceOnChanges: [],
        additionalSecretOutputs: [],
        aliases: [],
        replaceWith: [],
      },
      timeouts: {},
      ...more.options,
    },
    ...more,
  });

  it("creates, updates and deletes in dependency order", () => {
    const a = resource("a");
    const base = graph(a, resource("z", { size: 1 }, { dependencies: [a.urn] }), resource("gone"));
    const b = resource("b", {}, { dependencies: [resource("z").urn] });
    const steps = diffGraphs(base, graph(a, resource("z", { size: 2 }, { dependencies: [a.urn] }), b));
    assert.deepEqual(ops(steps), ["same a", "update z", "create b", "delete gone"]);
  });

  it("replaces by replaceOnChanges, and by replaceOn of the caller", () => {
    const options = { ...resource("a").options, replaceOnChanges: ["size"] };
    const base = graph(resource("a", { size: 1 }, { options }), resource("b", { zone: "x" }));
    const head = graph(resource("a", { size: 2 }, { options }), resource("b", { zone: "y" }));
    assert.deepEqual(ops(diffGraphs(base, head)), ["replace a", "update b"]);
    const steps = diffGraphs(base, head, { replaceOn: (type, path) => type === "a:b:C" && path === "zone" });
    assert.deepEqual(ops(steps), ["replace a", "replace b"]);
    assert.deepEqual(steps[1]?.replaceReasons, ["zone"]);
  });

  it("finds a resource by its alias, and applies ignoreChanges", () => {
    const options = { ...resource("a").options, aliases: [{ name: "old" }], ignoreChanges: ["size"] };
    const steps = diffGraphs(
      graph(resource("old", { size: 1 })),
      graph(resource("new", { size: 2 }, { options })),
    );
    assert.deepEqual(ops(steps), ["same new"]);
  });
});
