import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { boot } from "./boot";
import type { InstanceHost } from "./instance";
import { UnsupportedUserDataError } from "./unsupported";
import { readUserData } from "./user-data";

/**
 * Boots user data into a folder that is deleted again, without starting a service.
 *
 * @returns a sentence about what the simulator does not support. Undefined if it supports everything, or if an object that
 * the user data copies does not exist yet.
 */
export function userDataIssue(
  userData: string,
  { directory, region, boot: shared }: InstanceHost,
): string | undefined {
  const parent = join(directory, "instances");
  mkdirSync(parent, { recursive: true });
  const root = mkdtempSync(join(parent, "check-"));
  try {
    const plan = readUserData(userData, { instanceId: "i-0", localIpv4: "127.0.0.1", region });
    boot(plan, { ...shared, root });
    return undefined;
  } catch (error) {
    return error instanceof UnsupportedUserDataError ? error.message : undefined;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
