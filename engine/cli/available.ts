import { execFile } from "node:child_process";

const TIMEOUT_MS = 20_000;

export function isCliAvailable(): Promise<boolean> {
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  return new Promise((resolve) =>
    execFile("pulumi", ["version"], { env, timeout: TIMEOUT_MS }, (error) => resolve(error === null)),
  );
}
