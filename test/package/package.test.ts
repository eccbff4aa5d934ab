import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { getPulumiComponents } from "@pulumi/pulumi/provider/experimental/provider";
import { after, before, describe, it } from "mocha";
import * as components from "../../components";
import { evaluate } from "../../engine/evaluate";
import type { Graph } from "../../engine/graph";
import { packComponents } from "../../packaging/pack";
import { newFolder, ROOT, readmePrograms, typeErrors, unpackInto, writePrograms } from "./consumer";
import { servedSchema } from "./plugin";

/** The compiler reads the types of all of AWS; on a small machine with company that takes its time. */
const PATIENCE_MS = 300_000;

/** What the handlers' libraries try to load, and do without. */
const OPTIONAL = ["@aws-sdk/signature-v4-crt", "pg-native"];

describe("the package of the components", function () {
  this.timeout(PATIENCE_MS);
  const consumer = newFolder();
  const installed = join(consumer, "node_modules", "changeover");
  let tarball: string;
  let files: string[];
  let projects: string[];
  const graphs = new Map<string, Graph[]>();

  /** What the programs under a heading declare; evaluated once. */
  async function graphOf(heading: string): Promise<Graph[]> {
    const known = graphs.get(heading);
    if (known) return known;
    const made: Graph[] = [];
    for (const [index, program] of readmePrograms().entries()) {
      const programDirectory = projects[index] ?? "";
      if (program.heading === heading) made.push(await evaluate({ programDirectory, stack: "dev" }));
    }
    graphs.set(heading, made);
    return made;
  }

  before(() => {
    tarball = packComponents(join(consumer, "packed"));
    unpackInto(consumer, tarball);
    files = readdirSync(installed, { recursive: true, withFileTypes: true, encoding: "utf8" })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1))
      .sort();
    projects = writePrograms(consumer, readmePrograms());
  });
  after(() => rmSync(consumer, { recursive: true, force: true }));

  it("holds the components in three forms, the handlers, and what a package needs, and nothing else", () => {
    const modules = readdirSync(join(ROOT, "components"))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => name.slice(0, -3));
    assert.deepEqual(
      files,
      [
        ...["LICENSE", "PulumiPlugin.yaml", "README.md", "package.json", "schema.json", "tsconfig.json"],
        ...["lib/bundles/gate/index.js", "lib/bundles/migrate/index.js"],
        ...modules.flatMap((name) => [`lib/${name}.js`, `lib/${name}.d.ts`, `src/${name}.ts`]),
      ].sort(),
    );
  });

  it("knows nothing of the sample system, nor where it was built", () => {
    const strangers = [ROOT, "patients", "rehears", "npm start", "app/versions", "/uploads"];
    for (const file of files.filter((name) => name !== "LICENSE")) {
      const text = readFileSync(join(installed, file), "utf8");
      for (const stranger of strangers) {
        assert.ok(!text.toLowerCase().includes(stranger.toLowerCase()), `${file} holds ${stranger}`);
      }
    }
  });

  it("imports nothing that it does not declare", () => {
    const { peerDependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    const imported = files
      .filter((name) => name.endsWith(".js"))
      .flatMap((name) => [...readFileSync(join(installed, name), "utf8").matchAll(/\brequire\("([^"]+)"\)/g)])
      .map((match) => match[1] ?? "")
      .filter((name) => !name.startsWith(".") && !name.startsWith("node:") && !builtinModules.includes(name))
      .map((name) => name.split("/").slice(0, 2).join("/"));
    assert.deepEqual(
      [...new Set(imported)].filter((name) => !(name in peerDependencies) && !OPTIONAL.includes(name)),
      [],
    );
    assert.ok(imported.includes("@pulumi/aws"));
  });

  it("type-checks in every program of its README, unpacked beside this repository's own peers", () => {
    assert.equal(typeErrors(consumer), "");
  });

  it("evaluates in every program of its README, which use every component", async () => {
    for (const { heading } of readmePrograms()) await graphOf(heading);
    const used = new Set(
      [...graphs.values()].flat().flatMap(({ resources }) => resources.map(({ type }) => type)),
    );
    const unused = getPulumiComponents(components)
      .map((component) => `changeover:index:${component.name}`)
      .filter((type) => !used.has(type));
    assert.deepEqual(unused, []);
  });

  it("gives a team the migrations alone: no fleet, no load balancer, no database", async () => {
    const [graph] = await graphOf("Migration alone");
    const declared = graph?.resources.filter(({ custom }) => custom).map(({ type }) => type.split(":")[1]);
    const kinds = [...new Set(declared?.map((module) => module?.split("/")[0]))].sort();
    assert.deepEqual(kinds, ["cloudwatch", "ec2", "iam", "lambda", "vpc"]);
  });

  it("gives a team the fleet alone, from its own image, with its own policy and tags", async () => {
    const [graph] = await graphOf("BlueGreenFleet alone");
    const template = graph?.resources.find(({ type }) => type === "aws:ec2/launchTemplate:LaunchTemplate");
    assert.equal(template?.inputs.imageId, "ami-0123456789abcdef0");
    assert.deepEqual(template?.inputs.tags, {
      Name: "shop-blue",
      "changeover:color": "blue",
      "changeover:version": "1.4.0",
      team: "checkout",
    });
    assert.ok(!graph?.resources.some(({ type }) => /LoadBalancer|:Listener$|lambda|rds/.test(type)));
  });

  it("lets a program change a child by Pulumi's transforms, as the README shows", async () => {
    const [graph] = await graphOf("What an arg cannot say");
    const listener = graph?.resources.find(({ name }) => name === "shop-https");
    assert.equal(listener?.inputs.sslPolicy, "ELBSecurityPolicy-TLS13-1-3-2021-06");
    assert.equal(listener?.inputs.port, 443);
  });

  it("serves its schema to programs in other languages, run as Pulumi runs it", async () => {
    const schema: unknown = JSON.parse(await servedSchema(installed));
    assert.deepEqual(schema, JSON.parse(readFileSync(join(installed, "schema.json"), "utf8")));
  });

  it("is installed by npm with its peers from the registry (skipped when no registry answers)", async function () {
    const npm = (...args: string[]) =>
      execFileSync("npm", [...args, "--ignore-scripts", "--no-audit", "--no-fund"], {
        cwd: other,
        encoding: "utf8",
        timeout: PATIENCE_MS,
        stdio: ["ignore", "pipe", "pipe"],
      });
    const other = newFolder();
    try {
      writeFileSync(join(other, "package.json"), '{ "name": "shop", "private": true }\n');
      try {
        npm("view", "@pulumi/random", "version", "--fetch-retries=0", "--fetch-timeout=5000");
      } catch {
        this.skip();
      }
      npm("install", tarball, "--prefer-offline");
      const [project] = writePrograms(other, readmePrograms().slice(0, 1));
      const graph = await evaluate({ programDirectory: project ?? "", stack: "dev" });
      assert.ok(graph.resources.some(({ type }) => type === "changeover:index:ProductionRule"));
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  });
});
