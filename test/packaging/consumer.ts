import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export const ROOT = join(__dirname, "..", "..");

/** Creates a folder outside the repository, so that Node does not find its node_modules. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "changeover-package-"));
}

/** A block of TypeScript in the docs of the components. */
export interface Program {
  /** The file and the heading, such as `docs/transforms.md Database`. */
  readonly heading: string;
  readonly text: string;
}

/** The pages of the package, the README first. */
export function packagePages(): string[] {
  const pages = readdirSync(join(ROOT, "components", "docs")).map((name) => `docs/${name}`);
  return ["README.md", ...pages.sort()];
}

export function documentedPrograms(): Program[] {
  return packagePages().flatMap((page) => {
    const sections = readFileSync(join(ROOT, "components", page), "utf8").split(/^##? /m);
    return sections.flatMap((section) => {
      const heading = `${page} ${section.slice(0, section.indexOf("\n"))}`;
      const blocks = [...section.matchAll(/^```ts\n([\s\S]*?)^```$/gm)];
      return blocks.map((match) => ({ heading, text: match[1] ?? "" }));
    });
  });
}

/** Unpacks the tarball as npm would; its peers are the repository's own installed packages. */
export function unpackInto(consumer: string, tarball: string): void {
  const packages = join(consumer, "node_modules");
  mkdirSync(join(packages, "changeover"), { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", join(packages, "changeover"), "--strip-components=1"]);
  for (const name of ["@pulumi", "@types", "fastest-levenshtein"]) {
    symlinkSync(join(ROOT, "node_modules", name), join(packages, name));
  }
}

/** Writes each program into a project of its own, below the folder that holds `node_modules`. */
export function writePrograms(consumer: string, programs: readonly Program[]): string[] {
  const compilerOptions = {
    ...{ target: "ES2022", module: "commonjs", moduleResolution: "node10", types: ["node"] },
    ...{
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      esModuleInterop: true,
      noEmit: true,
    },
  };
  writeFileSync(
    join(consumer, "tsconfig.json"),
    JSON.stringify({ compilerOptions, include: ["*/index.ts"] }),
  );
  return programs.map(({ text }, index) => {
    const project = join(consumer, `example-${index + 1}`);
    mkdirSync(join(project, "migrations"), { recursive: true });
    writeFileSync(join(project, "index.ts"), text);
    writeFileSync(join(project, "Pulumi.yaml"), "name: shop\nruntime: nodejs\nmain: index.ts\n");
    writeFileSync(join(project, "Pulumi.dev.yaml"), "config:\n  aws:region: eu-central-1\n");
    writeFileSync(
      join(project, "migrations", "0001_carts.expand.sql"),
      "-- needed-by: 1.4.0\nCREATE TABLE carts (id bigint);\n",
    );
    return project;
  });
}

export function isUnitTest({ text }: Program): boolean {
  return text.includes('from "node:test"');
}

/** Runs unit tests without a Pulumi engine. Resolves to their report. */
export async function runUnitTests(project: string): Promise<string> {
  const args = ["--require", require.resolve("../../build/start/register"), join(project, "index.ts")];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: project, timeout: 120_000 });
  return stdout;
}

/** Resolves to the compiler's messages about the programs. */
export async function typeErrors(consumer: string): Promise<string> {
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  try {
    await promisify(execFile)(process.execPath, [compiler, "-p", consumer], { timeout: 240_000 });
    return "";
  } catch (error) {
    const { stdout, message } = error as Error & { stdout?: string };
    return stdout || message;
  }
}
