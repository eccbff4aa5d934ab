import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { basename, join } from "node:path";

const root = join(__dirname, "..");
const NOT_COPIED = ["node_modules", ".git", "dist", "bundles", "test"];

/** Pulumi program that declares a configurable number of fleets behind an existing load balancer. */
const PROGRAM = `import * as pulumi from "@pulumi/pulumi";
import { BlueGreenFleet, COLORS, FleetColor } from "../components";
const config = new pulumi.Config();
for (let i = 0; i < config.requireNumber("fleets"); i++) {
  const fleet = new BlueGreenFleet(\`f\${i}\`, {
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
      userData: \`version \${version}\`,
      subnetIds: ["subnet-1", "subnet-2"],
    });
  }
}
`;

interface PreviewFigures {
  readonly wallMs: number;
  readonly resources: number;
  readonly changed: number;
}

/**
 * Measures the duration of the preview command for a flip of the dev stack, and for programs with different numbers
 * of fleets.
 */
export function benchPreview(fleets: readonly number[]) {
  const folder = mkdtempSync(join(tmpdir(), "changeover-bench-preview-"));
  process.once("SIGINT", () => process.exit(130));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  cpSync(root, folder, { recursive: true, filter: (file) => !NOT_COPIED.includes(basename(file)) });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  git(folder, "init", "--quiet");
  const devStack = measureDevStack(folder);
  const bySize = fleets.map((count) => ({ fleets: count, ...measureFleets(folder, count) }));
  return { load: loadavg(), devStack, bySize };
}

function measureDevStack(folder: string): PreviewFigures | undefined {
  const stackFile = join(folder, "Pulumi.dev.yaml");
  const deployed = readFileSync(stackFile, "utf8").replace(
    /( *changeover:blueVersion: .*\n)/,
    "$1  changeover:greenVersion: 1.1.0\n",
  );
  writeFileSync(stackFile, deployed);
  commit(folder, "Deployed");
  writeFileSync(stackFile, deployed.replace("changeover:live: blue", "changeover:live: green"));
  return median([1, 2, 3].map(() => measure(folder)));
}

function measureFleets(folder: string, count: number): PreviewFigures {
  const program = join(folder, `fleets-${count}`);
  const config = (green: string) => `config:\n  fleets:fleets: ${count}\n  fleets:green: ${green}\n`;
  mkdirSync(program);
  writeFileSync(join(program, "Pulumi.yaml"), "name: fleets\nruntime: nodejs\nmain: index.ts\n");
  writeFileSync(join(program, "index.ts"), PROGRAM);
  writeFileSync(join(program, "Pulumi.dev.yaml"), config("1.0.0"));
  commit(folder, `${count} fleets`);
  writeFileSync(join(program, "Pulumi.dev.yaml"), config("1.1.0"));
  return measure(program);
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

function measure(program: string): PreviewFigures {
  const args = ["preview", "--base", "HEAD", "--program", program, "--json"];
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "cli", "changeover.js"), ...args],
    {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 1 << 28,
      timeout: 120_000,
    },
  );
  const wallMs = Math.round(performance.now() - start);
  if (status !== 2) throw new Error(`The preview ended with ${status}: ${stderr}${stdout}`);
  const { counts, resources } = JSON.parse(stdout) as {
    counts: Record<"create" | "update" | "replace" | "same", number>;
    resources: unknown[];
  };
  const all = counts.create + counts.update + counts.replace + counts.same;
  return { wallMs, resources: all, changed: resources.length };
}

function median(runs: readonly PreviewFigures[]): PreviewFigures | undefined {
  return [...runs].sort((a, b) => a.wallMs - b.wallMs)[Math.floor(runs.length / 2)];
}
