import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundledPackageFiles, lambdaNames } from "../build/bundle";

const root = join(__dirname, "..");

/** A package that is part of a bundle, and whose license asks for its text. */
interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** The content of its files with the license and with notices. */
  readonly texts: readonly string[];
}

/**
 * Returns the licenses of all npm packages in the bundles of the Lambdas, as a text.
 *
 * @throws Error for a package that names no license.
 */
export function thirdPartyNotices(): string {
  const folders = new Set(lambdaNames().flatMap(bundledPackageFiles).map(packageFolder));
  const packages = [...folders].sort().map(readPackage);
  const sections = packages.map(({ name, version, license, texts }) =>
    [`${name} ${version} (${license})`, ...texts].join("\n\n"),
  );
  const title = "The functions in lib/bundles contain the following packages.";
  return `${[title, ...new Set(sections)].join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

/** The folder of the innermost package that contains the file. */
function packageFolder(file: string): string {
  const [folder] = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file) ?? [];
  if (folder === undefined)
    throw new Error(`${file} must be in a package, got a file outside of node_modules.`);
  return folder;
}

function readPackage(folder: string): BundledPackage {
  const path = join(root, folder);
  const { name, version, license } = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
  if (typeof license !== "string" || license === "") {
    throw new Error(`${folder}/package.json must name a license, got none. Replace the package.`);
  }
  const texts = readdirSync(path)
    .filter((file) => /^(licen[cs]e|notice|copying)([.-].*)?$/i.test(file))
    .sort()
    .map((file) => readFileSync(join(path, file), "utf8").trim());
  return { name, version, license, texts };
}
