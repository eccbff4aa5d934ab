import type { ValidationIssue } from "../../../components/validation/validation-issue";
import { parseSettings, type RawConfig } from "../../../stack/settings/parse-settings";
import { issuesOf } from "../issues";

/** The smallest valid config. */
export const MINIMAL: RawConfig = { live: "blue", blueVersion: "1.0.0", allowPlainHttp: "true" };

/** @param changes of the minimal config; undefined removes a key */
export function settingsIssues(
  changes: Readonly<Record<string, string | undefined>>,
  stack = "dev",
): readonly ValidationIssue[] {
  const config = Object.entries({ ...MINIMAL, ...changes }).filter(([, value]) => value !== undefined);
  return issuesOf(() => parseSettings(Object.fromEntries(config) as RawConfig, stack));
}
