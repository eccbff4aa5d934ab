/**
 * How long a preview takes, as JSON: the dev stack's flip from start to end of the command, and programs of growing size.
 * `node --require tsx/cjs bench/preview.ts [FLEETS ...]`
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { basename, join } from "node:path";

const root = join(__dirname, "..");
const given = process.argv.slice(2).map(Number);
const fleets = given.length > 0 ? given : [1, 10, 50, 100];
const folder = mkdtempSync(join(tmpdir(), "changeover-bench-preview-"));
process.once("SIGINT", () => process.exit(130));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

const skipped = ["node_modules", ".git", "dist", "bundles", "test"];
cpSync(root, folder, { recursive: true, filter: (file) => !skipped.includes(basename(file)) });
symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
git("init", "--quiet");

/** Fleets alone, behind a load balancer that is there. */
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

interface Figures {
  readonly wallMs: number;
  readonly resources: number;
  readonly changed: number;
}

function git(...args: string[]): void {
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

function measure(program: string): Figures {
  const command = ["--require", "tsx/cjs", join(root, "cli", "preview", "main.ts")];
  const options = ["--base", "HEAD", "--program", program, "--format", "json"];
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, ...options], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    timeout: 120_000,
  });
  const wallMs = Math.round(performance.now() - start);
  if (status !== 2) throw new Error(`The preview ended with ${status}: ${stderr}${stdout}`);
  const { counts, resources } = JSON.parse(stdout) as {
    counts: Record<"create" | "update" | "replace" | "same", number>;
    resources: unknown[];
  };
  const all = counts.create + counts.update + counts.replace + counts.same;
  return { wallMs, resources: all, changed: resources.length };
}

function median(runs: readonly Figures[]): Figures | undefined {
  return [...runs].sort((a, b) => a.wallMs - b.wallMs)[Math.floor(runs.length / 2)];
}

const stackFile = join(folder, "Pulumi.dev.yaml");
const deployed = readFileSync(stackFile, "utf8").replace(
  /( *changeover:blueVersion: .*\n)/,
  "$1  changeover:greenVersion: 1.1.0\n",
);
writeFileSync(stackFile, deployed);
git("add", "--all");
git("commit", "--quiet", "-m", "Deployed");
writeFileSync(stackFile, deployed.replace("changeover:live: blue", "changeover:live: green"));
const devStack = median([1, 2, 3].map(() => measure(folder)));

const bySize = fleets.map((count) => {
  const program = join(folder, `fleets-${count}`);
  const config = (green: string) => `config:\n  fleets:fleets: ${count}\n  fleets:green: ${green}\n`;
  mkdirSync(program);
  writeFileSync(join(program, "Pulumi.yaml"), "name: fleets\nruntime: nodejs\nmain: index.ts\n");
  writeFileSync(join(program, "index.ts"), PROGRAM);
  writeFileSync(join(program, "Pulumi.dev.yaml"), config("1.0.0"));
  git("add", "--all");
  git("commit", "--quiet", "-m", `${count} fleets`);
  writeFileSync(join(program, "Pulumi.dev.yaml"), config("1.1.0"));
  return { fleets: count, ...measure(program) };
});

process.stdout.write(`${JSON.stringify({ load: loadavg(), devStack, bySize }, undefined, 2)}\n`);
