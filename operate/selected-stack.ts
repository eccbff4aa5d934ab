import { execFile } from "node:child_process";

const TIMEOUT_MS = 20_000;

/** The stack that is selected in a project's folder; undefined if there is none, or no Pulumi CLI. */
export function selectedStack(programDirectory: string): Promise<string | undefined> {
  const args = ["stack", "--show-name", "--non-interactive"];
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  return new Promise((resolve) => {
    execFile("pulumi", args, { cwd: programDirectory, env, timeout: TIMEOUT_MS }, (error, stdout) =>
      resolve(error === null ? stdout.trim() : undefined),
    );
  });
}
