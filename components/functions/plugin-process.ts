import * as fs from "node:fs";

/** True in the process that Pulumi starts in the package's own folder for programs in other languages. */
export function isPluginProcess(): boolean {
  return fs.existsSync("PulumiPlugin.yaml");
}
