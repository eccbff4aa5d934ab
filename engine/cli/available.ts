import { execFile } from "node:child_process";

const LIMIT_MS = 20_000;

/** Whether there is a Pulumi CLI on the PATH that starts. */
export function isCliAvailable(): Promise<boolean> {
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  return new Promise((resolve) =>
    execFile("pulumi", ["version"], { env, timeout: LIMIT_MS }, (error) => resolve(error === null)),
  );
}
