import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as ts from "typescript";
import { bundleLambda, lambdaNames } from "../build/bundle";
import { thirdPartyNotices } from "./notices";

const root = join(__dirname, "..");
export const COMPONENTS = join(root, "components");

/**
 * Entries that are added to the package's manifest. The TypeScript sources are in a separate folder: otherwise,
 * programs that import the package would type-check them. Pulumi derives the schema for other languages from the
 * sources.
 */
const MANIFEST_ENTRIES = {
  // Pulumi runs the package by its folder, so Node reads `main`. Imports by the package's name read `exports`.
  main: "./lib/plugin.js",
  types: "./lib/index.d.ts",
  exports: {
    ".": { types: "./lib/index.d.ts", default: "./lib/index.js" },
    "./package.json": "./package.json",
    "./schema.json": "./lib/schema.json",
  },
  files: [
    ...["CHANGELOG.md", "UPGRADING.md", "THIRD-PARTY-NOTICES.txt"],
    ...["docs", "lib", "reference", "src", "PulumiPlugin.yaml", "tsconfig.json"],
  ],
};

/**
 * Builds the package into a folder, which is emptied first.
 *
 * @throws Error with the compiler's messages when the components do not compile.
 */
export function stagePackage(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, "src"), { recursive: true });
  compile(join(directory, "lib"));
  cpSync(COMPONENTS, join(directory, "src"), {
    recursive: true,
    filter: (file) =>
      file.endsWith(".ts") || (statSync(file).isDirectory() && !/[\\/](bundles|node_modules)$/.test(file)),
  });
  for (const name of lambdaNames()) {
    cpSync(bundleLambda(name).file, join(directory, "lib", "bundles", name, "index.js"));
  }
  copyFileSync(join(COMPONENTS, "schema.json"), join(directory, "lib", "schema.json"));
  writeFileSync(join(directory, "THIRD-PARTY-NOTICES.txt"), thirdPartyNotices());
  cpSync(join(COMPONENTS, "docs"), join(directory, "docs"), { recursive: true });
  for (const file of ["README.md", "CHANGELOG.md", "UPGRADING.md", "PulumiPlugin.yaml", "tsconfig.json"]) {
    copyFileSync(join(COMPONENTS, file), join(directory, file));
  }
  copyFileSync(join(root, "LICENSE"), join(directory, "LICENSE"));
  const manifest: object = JSON.parse(readFileSync(join(COMPONENTS, "package.json"), "utf8"));
  writeFileSync(
    join(directory, "package.json"),
    `${JSON.stringify({ ...manifest, ...MANIFEST_ENTRIES }, null, 2)}\n`,
  );
}

function compile(outDir: string): void {
  const { config } = ts.readConfigFile(join(COMPONENTS, "tsconfig.json"), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, COMPONENTS);
  const program = ts.createProgram(fileNames, {
    ...options,
    outDir,
    rootDir: COMPONENTS,
    declaration: true,
    stripInternal: true,
    noEmit: false,
    noCheck: false,
    noEmitOnError: true,
  });
  const { diagnostics } = program.emit();
  const messages = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (messages.length === 0) return;
  throw new Error(
    ts.formatDiagnostics(messages, {
      getCanonicalFileName: (file) => file,
      getCurrentDirectory: () => root,
      getNewLine: () => "\n",
    }),
  );
}
