import { isDeepStrictEqual } from "node:util";
import type { ValidationIssue } from "../../components/validation/validation-issue";
import type { ReleaseContext } from "./release-context";

/** The settings of a traffic shift itself. */
const SHIFT_SETTINGS = [
  ...["live", "canaryPercent", "bakeMinutes", "bakeSeconds"],
  ...["expectedSerial", "updateId", "actor", "commit", "reason", "allowMixedFlip"],
];

/**
 * Issues of an update that shifts traffic and changes other settings. A shift alone is fast, and a shift back undoes
 * it.
 */
export function flipIssues({
  last,
  isShift,
  settings,
  defaults,
  request,
}: ReleaseContext): ValidationIssue[] {
  const before = last?.settings;
  if (!isShift || before === undefined || request.allowMixedFlip) return [];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(settings)])];
  // A setting that is new since the last update had its default.
  const valueBefore = (key: string) => before[key] ?? defaults[key];
  return keys
    .filter((key) => !SHIFT_SETTINGS.includes(key))
    .filter((key) => !isDeepStrictEqual(valueBefore(key), settings[key] ?? defaults[key]))
    .map((key) => ({
      key,
      got: settings[key],
      allowed: `${describe(valueBefore(key))}, as in the last update, while this update shifts traffic`,
      remedy:
        "Change it in an update of its own, before or after. If it must be in this one: `pulumi config set allowMixedFlip true`.",
    }));
}

function describe(value: unknown): string {
  return value === undefined ? "unset" : JSON.stringify(value);
}
