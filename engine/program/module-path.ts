import { dirname, resolve } from "node:path";

/**
 * NODE_PATH for a program. With it, a program outside of this repository that has no SDK finds the SDK of this
 * repository.
 */
export function modulePath(): string {
  const ours = resolve(dirname(require.resolve("@pulumi/pulumi/package.json")), "../..");
  return [process.env.NODE_PATH, ours].filter(Boolean).join(process.platform === "win32" ? ";" : ":");
}
