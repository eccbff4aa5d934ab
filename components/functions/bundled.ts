import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";

/**
 * The handler that travels in this package, as one file.
 * @throws Error when the package was not built.
 */
export function bundledHandler(name: string): pulumi.asset.FileAsset {
  const file = path.join(__dirname, "..", "bundles", name, "index.js");
  if (!fs.existsSync(file)) {
    throw new Error(
      `The Lambda bundle ${path.relative(process.cwd(), file)} is missing. Run \`npm run build\`.`,
    );
  }
  // Relative to the program, so that the state reads the same on every machine. For a program in another language this
  // runs as a plugin, in a folder of its own, and the engine would look in the program's.
  const isPlugin = fs.existsSync("PulumiPlugin.yaml");
  return new pulumi.asset.FileAsset(isPlugin ? file : path.relative(process.cwd(), file));
}
