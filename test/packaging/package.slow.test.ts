import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { getPulumiComponents } from "@pulumi/pulumi/provider/experimental/provider";
import { after, before, describe, it } from "mocha";
import { lambdaNames } from "../../build/bundle";
import * as components from "../../components/index";
import { evaluate } from "../../engine/program/evaluate";
import type { Graph } from "../../engine/program/graph";
import { packComponents } from "../../packaging/pack";
import { Declared } from "../support/declared";
import {
  documentedPrograms,
  isUnitTest,
  newFolder,
  type Program,
  packagePages,
  ROOT,
  runUnitTests,
  typeErrors,
  unpackInto,
  writePrograms,
} from "./consumer";
import { servedSchema } from "./plugin";

const run = promisify(execFile);

/** The compiler reads the types of all AWS resources. */
const LIMIT_MS = 300_000;

/** Modules that the handlers' libraries load if they are installed. */
const OPTIONAL = ["@aws-sdk/signature-v4-crt", "pg-native"];

describe("package of the components", function () {
  this.timeout(LIMIT_MS);
  const consumer = newFolder();
  const installed = join(consumer, "node_modules", "changeover");
  let tarball: string;
  let files: string[];
  let evaluated: Promise<readonly (Program & { readonly graph: Graph })[]>;
  let unitTests: readonly string[];
  let installation: ReturnType<typeof installFromRegistry>;

  async function graphOf(heading: string): Promise<Graph | undefined> {
    return (await evaluated).find((program) => program.heading === heading)?.graph;
  }

  before(() => {
    tarball = packComponents(join(consumer, "packed"), false);
    unpackInto(consumer, tarball);
    files = readdirSync(installed, { recursive: true, withFileTypes: true, encoding: "utf8" })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1))
      .sort();
    // The slow steps run while other tests read the files.
    installation = installFromRegistry(tarball);
    const programs = documentedPrograms();
    const projects = writePrograms(consumer, programs);
    const written = programs.map((program, index) => ({ ...program, project: projects[index] ?? "" }));
    unitTests = written.filter(isUnitTest).map(({ project }) => project);
    const declaring = written.filter((program) => !isUnitTest(program));
    evaluated = evaluateAll(declaring.map(({ project }) => project)).then((graphs) =>
      declaring.flatMap((program, index) => {
        const graph = graphs[index];
        return graph === undefined ? [] : [{ ...program, graph }];
      }),
    );
    // Tests that await it report the error.
    evaluated.catch(() => undefined);
  });
  after(async () => {
    await Promise.allSettled([evaluated, installation.done]);
    for (const folder of [consumer, installation.folder]) rmSync(folder, { recursive: true, force: true });
  });

  it("holds the compiled components, their types, their sources and the handlers, and no other files", () => {
    const modules = readdirSync(join(ROOT, "components"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => name.slice(0, -3));
    assert.deepEqual(
      files,
      [
        ...["CHANGELOG.md", "LICENSE", "PulumiPlugin.yaml", "README.md", "THIRD-PARTY-NOTICES.txt"],
        ...["UPGRADING.md", "package.json", "tsconfig.json"],
        ...packagePages().filter((page) => page.startsWith("docs/")),
        ...["lib/schema.json", ...lambdaNames().map((name) => `lib/bundles/${name}/index.js`)],
        ...modules.flatMap((name) => [`lib/${name}.js`, `lib/${name}.d.ts`, `src/${name}.ts`]),
      ].sort(),
    );
  });

  it("holds no trace of the sample application or of the folder that it was built in", () => {
    const forbidden = [ROOT, "patients", "rehears", "npm start", "app/versions", "/uploads"];
    for (const file of files.filter((name) => !/^(LICENSE|THIRD-PARTY-NOTICES\.txt)$/.test(name))) {
      const text = readFileSync(join(installed, file), "utf8");
      for (const word of forbidden) {
        assert.ok(!text.toLowerCase().includes(word.toLowerCase()), `${file} holds ${word}`);
      }
    }
  });

  it("imports only its declared dependencies", () => {
    const { dependencies, peerDependencies } = JSON.parse(
      readFileSync(join(installed, "package.json"), "utf8"),
    );
    const imported = files
      .filter((name) => name.endsWith(".js"))
      .flatMap((name) => [...readFileSync(join(installed, name), "utf8").matchAll(/\brequire\("([^"]+)"\)/g)])
      .map((match) => match[1] ?? "")
      .filter((name) => !name.startsWith(".") && !name.startsWith("node:") && !builtinModules.includes(name))
      .map((name) => name.split("/").slice(0, 2).join("/"));
    assert.deepEqual(
      [...new Set(imported)].filter(
        (name) => !(name in dependencies || name in peerDependencies) && !OPTIONAL.includes(name),
      ),
      [],
    );
    assert.ok(imported.includes("@pulumi/aws"));
  });

  it("has the license of every package that is part of a bundle", () => {
    const notices = readFileSync(join(installed, "THIRD-PARTY-NOTICES.txt"), "utf8");
    for (const name of ["pg", "umzug", "zod", "@aws-sdk/client-auto-scaling"])
      assert.match(notices, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+.* \\([\\w-]+.*\\)$`, "m"), name);
    const [, ...sections] = notices.split("-".repeat(80));
    assert.ok(sections.length > 20);
  });

  it("names its peers and its Node version in the README", () => {
    const { engines, peerDependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    const readme = readFileSync(join(installed, "README.md"), "utf8");
    const rows = [...readme.matchAll(/^\| `([^`]+)` +\| `([^`]+)` +\|$/gm)].map(([, name, range]) => [
      name,
      range,
    ]);
    assert.deepEqual(Object.fromEntries(rows), peerDependencies);
    assert.equal(/It needs Node ([\d.]+) or later/.exec(readme)?.[1], engines.node.replace(">=", ""));
  });

  it("exports the same components for require, import and a path", async () => {
    const names = JSON.stringify(Object.keys(components));
    const script = `
      const loaded = [require("changeover"), import("changeover"), require("./node_modules/changeover")];
      Promise.all(loaded).then(([first, ...others]) => {
        const lacks = [first, ...others].map((all) => ${names}.filter((name) => !all[name] || all[name] !== first[name]));
        console.log(JSON.stringify(lacks));
      });`;
    const { stdout } = await run(process.execPath, ["-e", script], { cwd: consumer });
    assert.deepEqual(JSON.parse(stdout), [[], [], []]);
  });

  it("type-checks in every program of its docs", async () => {
    assert.equal(await typeErrors(consumer), "");
  });

  it("evaluates in every program of its docs, and these use every component", async () => {
    const graphs = (await evaluated).map(({ graph }) => graph);
    assert.equal(graphs.length + unitTests.length, documentedPrograms().length);
    const used = new Set(graphs.flatMap(({ resources }) => resources.map(({ type }) => type)));
    const unused = getPulumiComponents(components)
      .map((component) => `changeover:index:${component.name}`)
      .filter((type) => !used.has(type));
    assert.deepEqual(unused, []);
  });

  it("passes the unit tests of its docs, with their mocks", async () => {
    assert.ok(unitTests.length > 0);
    for (const project of unitTests) assert.match(await runUnitTests(project), /^(#|ℹ) pass [1-9]/m);
  });

  it("requires a token beside the color's header at the public edge of its release by parts", async () => {
    const graph = await graphOf("docs/release-by-parts.md A release from start to end");
    const rules = graph?.resources.filter(({ type }) => type === "aws:lb/listenerRule:ListenerRule") ?? [];
    const colors = rules.filter(({ name }) => /-(blue|green)$/.test(name));
    assert.equal(colors.length, 2);
    for (const { name, inputs } of colors)
      assert.match(JSON.stringify(inputs.conditions), /x-changeover-token/, name);
  });

  it("waits in its docs for a retired color that is scaled in after the flip", async () => {
    const programs = (await evaluated).map(({ graph }) => Declared.inGraph(graph));
    const draining = programs.filter((program) => program.of("changeover:index:DrainCheck").length > 0);
    assert.ok(draining.length > 0);
    for (const program of draining) {
      const group = program.get("autoscaling/group:Group", "shop-web-blue");
      assert.notEqual(
        group.inputs.desiredCapacity,
        undefined,
        "no capacity, known once the rule has shifted",
      );
      program.assertChain(
        program.get("lb/listenerRule:ListenerRule", "shop-production"),
        group,
        program.get("lambda/invocation:Invocation", "shop-drained"),
      );
    }
  });

  it("declares the migrations alone, without fleet, load balancer and database", async () => {
    const graph = await graphOf("docs/migration.md Migration and MigrationStep");
    const declared = graph?.resources.filter(({ custom }) => custom).map(({ type }) => type.split(":")[1]);
    const kinds = [...new Set(declared?.map((module) => module?.split("/")[0]))].sort();
    assert.deepEqual(kinds, ["cloudwatch", "ec2", "iam", "lambda", "vpc"]);
  });

  it("declares the fleet alone, with the team's own image, policy and tags", async () => {
    const graph = await graphOf("docs/blue-green-fleet.md BlueGreenFleet");
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

  it("accepts Pulumi's transforms for a child, as the docs show by topic", async () => {
    const inputs = async (topic: string, type: string) =>
      (await graphOf(`docs/transforms.md ${topic}`))?.resources
        .filter((resource) => resource.type === type)
        .map((resource) => resource.inputs);
    const [balancer] = (await inputs("Load balancer", "aws:lb/loadBalancer:LoadBalancer")) ?? [];
    assert.equal(balancer?.desyncMitigationMode, "strictest");
    assert.equal(balancer?.internal, false);
    const groups = await inputs("Target groups", "aws:lb/targetGroup:TargetGroup");
    assert.deepEqual(
      groups?.map(({ loadBalancingAlgorithmType }) => loadBalancingAlgorithmType),
      ["least_outstanding_requests", "least_outstanding_requests"],
    );
    const [template] = (await inputs("Instances", "aws:ec2/launchTemplate:LaunchTemplate")) ?? [];
    assert.deepEqual(template?.metadataOptions, {
      ...{ httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 2 },
    });
    const [group] = (await inputs("Instances", "aws:autoscaling/group:Group")) ?? [];
    assert.match(JSON.stringify(group?.initialLifecycleHooks), /EC2_INSTANCE_TERMINATING/);
    const [gate] = (await inputs("Functions", "aws:lambda/function:Function")) ?? [];
    assert.equal(gate?.memorySize, 512);
    const [log] = (await inputs("Functions", "aws:cloudwatch/logGroup:LogGroup")) ?? [];
    assert.match(String(log?.kmsKeyId), /^arn:aws:kms:/);
    const [database] = (await inputs("Database", "aws:rds/instance:Instance")) ?? [];
    assert.deepEqual([database?.allowMajorVersionUpgrade, database?.applyImmediately], [true, true]);
  });

  it("has a page for every component, with an example that declares it", async () => {
    const table = readFileSync(join(ROOT, "components", "README.md"), "utf8");
    assert.ok(getPulumiComponents(components).length > 15);
    for (const { name } of getPulumiComponents(components)) {
      const page = new RegExp(`^\\| \\[.*\`${name}\`.*\\]\\((docs/[a-z-]+\\.md)\\)`, "m").exec(table)?.[1];
      const graphs = (await evaluated).filter(({ heading }) => heading.startsWith(`${page} `));
      const types = graphs.flatMap(({ graph }) => graph.resources.map(({ type }) => type));
      assert.ok(types.includes(`changeover:index:${name}`), `${name}: ${page}`);
    }
  });

  it("serves the committed schema to programs in other languages, run as Pulumi runs it", async () => {
    assert.deepEqual(
      JSON.parse(await servedSchema(installed)),
      JSON.parse(readFileSync(join(installed, "lib", "schema.json"), "utf8")),
      "components/schema.json is not current. Removed and newly required args break programs of other teams (see " +
        "components/UPGRADING.md). If the change is intended, run `npm run schema` and commit the file.",
    );
  });

  it("is installed by npm with its peers from the registry (skipped when no registry answers)", async function () {
    if ((await installation.done) === "no registry") this.skip();
    const [project = ""] = writePrograms(installation.folder, documentedPrograms().slice(0, 1));
    const graph = await evaluate({ programDirectory: project, stack: "dev" });
    assert.ok(graph.resources.some(({ type }) => type === "changeover:index:BlueGreenService"));
  });
});

/** Evaluates two programs at a time, because the smallest machine has two cores. */
async function evaluateAll(directories: readonly string[]): Promise<Graph[]> {
  const graphs: Graph[] = [];
  const waiting = [...directories.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, programDirectory] = next;
      graphs[index] = await evaluate({ programDirectory, stack: "dev" });
    }
  };
  await Promise.all([worker(), worker()]);
  return graphs;
}

/** Installs the tarball into a new program. */
function installFromRegistry(tarball: string) {
  const folder = newFolder();
  writeFileSync(join(folder, "package.json"), '{ "name": "shop", "private": true }\n');
  const options = { cwd: folder, timeout: LIMIT_MS };
  const npm = (...args: string[]) =>
    run("npm", [...args, "--ignore-scripts", "--no-audit", "--no-fund"], options);
  const install = async () => {
    try {
      await npm("view", "@pulumi/random", "version", "--fetch-retries=0", "--fetch-timeout=5000");
    } catch {
      return "no registry";
    }
    await npm("install", tarball, "--prefer-offline");
    return "installed";
  };
  const done = install();
  done.catch(() => undefined);
  return { folder, done };
}
