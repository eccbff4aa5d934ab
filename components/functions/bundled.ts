import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { buildInCheckout } from "./build-in-checkout";
import { isPluginProcess } from "./plugin-process";

/**
 * The bundled handler of a Lambda, which is part of this package. In a checkout of the repository it is built first if
 * it is missing or older than its sources.
 *
 * @param name the folder in `lambda/`
 * @throws Error when there is no bundle and none can be built.
 */
export function bundledHandler(name: string): pulumi.asset.FileAsset {
  const file = path.join(__dirname, "..", "bundles", name, "index.js");
  buildInCheckout(file);
  if (!fs.existsSync(file)) {
    throw new Error(
      `The Lambda bundle ${path.relative(process.cwd(), file)} is missing. Install the package again.`,
    );
  }
  // A relative path gives the same state on every machine. A plugin needs an absolute path, because it runs in its
  // own folder, but the engine resolves relative paths in the program's folder.
  return new pulumi.asset.FileAsset(isPluginProcess() ? file : path.relative(process.cwd(), file));
}
