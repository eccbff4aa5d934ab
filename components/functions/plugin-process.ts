import * as fs from "node:fs";

/**
 * True in the process that Pulumi starts for programs in other languages. Its folder is that of the package or, by a path
 * in `Pulumi.yaml`, that of the program.
 */
export function isPluginProcess(main: string = process.argv[1] ?? ""): boolean {
  return /[\\/]cmd[\\/]run-plugin\b/.test(main) || fs.existsSync("PulumiPlugin.yaml");
}
