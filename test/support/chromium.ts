import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Places of an installed Chromium or Chrome; `CHROMIUM` names another one. */
const EXECUTABLES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

const ARGUMENTS = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-sync",
  "--no-first-run",
];

/** Path of an installed Chromium, or undefined. */
export const chromiumExecutable = EXECUTABLES.find((path) => path !== undefined && existsSync(path));

/** The reason for skipping a test, to be appended to its title. */
export const withoutChromium =
  chromiumExecutable === undefined ? " (skipped: no Chromium is installed; CHROMIUM names its path)" : "";

/** Starts Chromium without a window. It cannot use its sandbox as root. */
export function startChromium(): Promise<Browser> {
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: chromiumExecutable as string, args: [...ARGUMENTS, ...sandbox] });
}
