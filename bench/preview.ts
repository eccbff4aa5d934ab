import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { basename, join } from "node:path";

const root = join(__dirname, "..");
const NOT_COPIED = ["node_modules", ".git", ".changeover", "dist", "bundles", "test"];

/** Pulumi program that declares a configurable number of fleets behind an existing load balancer. */
const PROGRAM = `import * as pulumi from "@pulumi/pulumi";
import { BlueGreenFleet, COLORS, FleetColor } from "../components";
const config = new pulumi.Config();
for (let i = 0; i < config.requireNumber("fleets"); i++) {
  const fleet = new BlueGreenFleet(\`f\${i}\`, {
    service: \`f\${i}\`,
    vpcId: "vpc-1",
    listenerArn: "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/a/1/1",
    loadBalancerSecurityGroupId: "sg-1",
    colorRulePriority: 10 + 2 * i,
  });
  for (const color of COLORS) {
    const version = color === "blue" ? "1.0.0" : config.require("green");
    new FleetColor(\`f\${i}-\${color}\`, {
      fleet,
      color,
      version,
      userData: \`#!/bin/sh\\necho \${version}\\n\`,
      subnetIds: ["subnet-1", "subnet-2"],
    });
  }
}
`;

interface PreviewFigures {
  readonly wallMs: number;
  /** `wallMs` as a multiple of the start of Node.js with an empty program, in the same run. */
  readonly nodeStarts: number;
  readonly resources: number;
  readonly changed: number;
}

/** The part of the preview's JSON that is read here. */
interface StackPart {
  readonly counts: Readonly<Record<"create" | "update" | "replace" | "same", number>>;
  readonly resources: readonly unknown[];
}

interface BenchOptions {
  /** A copy of this repository, without its caches. */
  readonly folder: string;
  readonly nodeMs: number;
}

/**
 * Measures the duration of the preview command for a flip of the dev stack, at first without a cache, and for programs
 * with different numbers of fleets.
 */
export function benchPreview(fleets: readonly number[]) {
  const folder = mkdtempSync(join(tmpdir(), "changeover-bench-preview-"));
  process.once("SIGINT", () => process.exit(130));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  cpSync(root, folder, { recursive: true, filter: (file) => !NOT_COPIED.includes(basename(file)) });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  git(folder, "init", "--quiet");
  const nodeMs = median([1, 2, 3, 4, 5].map(() => timed(["-e", "0"]))).wallMs;
  const options = { folder, nodeMs };
  const devStack = measureDevStack(options);
  const bySize = fleets.map((count) => ({ fleets: count, ...measureFleets(options, count) }));
  return { load: loadavg(), nodeMs, devStack, bySize };
}

function measureDevStack(options: BenchOptions): { first: PreviewFigures; next: PreviewFigures } {
  const { folder } = options;
  const stackFile = join(folder, "Pulumi.dev.yaml");
  const deployed = readFileSync(stackFile, "utf8").replace(
    /( *changeover:blueVersion: .*\n)/,
    "$1  changeover:greenVersion: 1.1.0\n",
  );
  writeFileSync(stackFile, deployed);
  commit(folder, "Deployed");
  writeFileSync(stackFile, deployed.replace("changeover:live: blue", "changeover:live: green"));
  const first = measure(folder, options);
  return { first, next: median([1, 2, 3].map(() => measure(folder, options))) };
}

function measureFleets(options: BenchOptions, count: number): PreviewFigures {
  const program = join(options.folder, `fleets-${count}`);
  const config = (green: string) => `config:\n  fleets:fleets: ${count}\n  fleets:green: ${green}\n`;
  mkdirSync(program);
  writeFileSync(join(program, "Pulumi.yaml"), "name: fleets\nruntime: nodejs\nmain: index.ts\n");
  writeFileSync(join(program, "index.ts"), PROGRAM);
  writeFileSync(join(program, "Pulumi.dev.yaml"), config("1.0.0"));
  commit(options.folder, `${count} fleets`);
  writeFileSync(join(program, "Pulumi.dev.yaml"), config("1.1.0"));
  return measure(program, options);
}

function commit(folder: string, message: string): void {
  git(folder, "add", "--all");
  git(folder, "commit", "--quiet", "-m", message);
}

function git(folder: string, ...args: string[]): void {
  const identity = [
    "-c",
    "user.name=bench",
    "-c",
    "user.email=bench@example.com",
    "-c",
    "commit.gpgsign=false",
  ];
  execFileSync("git", ["-C", folder, ...identity, ...args], { stdio: ["ignore", "ignore", "inherit"] });
}

/** Runs the copy's own command, so that the caches of this repository have no effect. */
function measure(program: string, { folder, nodeMs }: BenchOptions): PreviewFigures {
  const command = join(folder, "cli", "changeover.js");
  const args = [command, "preview", "--base", "HEAD", "--stack", "dev", "--program", program, "--json"];
  const { wallMs, status, stdout, stderr } = timed(args);
  if (status !== 2) throw new Error(`The preview ended with ${status}: ${stderr}${stdout}`);
  const { stacks } = JSON.parse(stdout) as { readonly stacks: readonly StackPart[] };
  const [stack] = stacks;
  if (stack === undefined) throw new Error("The preview has no stack.");
  const { counts, resources } = stack;
  const all = counts.create + counts.update + counts.replace + counts.same;
  return { wallMs, nodeStarts: Math.round(wallMs / nodeMs), resources: all, changed: resources.length };
}

function timed(args: readonly string[]) {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    timeout: 120_000,
  });
  return { wallMs: Math.round(performance.now() - start), status, stdout, stderr };
}

function median<Run extends { readonly wallMs: number }>(runs: readonly Run[]): Run {
  const middle = [...runs].sort((a, b) => a.wallMs - b.wallMs)[Math.floor(runs.length / 2)];
  if (middle === undefined) throw new Error("There is no run.");
  return middle;
}
