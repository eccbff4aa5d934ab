import { writeFileSync } from "node:fs";
import { formatJson } from "./command";
import { InputError } from "./usage-error";

/** Access logs, and the file of journeys that they become. */
export interface Recording {
  readonly logs: string;
  readonly file: string;
}

/** Requests a second of a replay: fewer would hardly show a failure. */
const MIN_RATE = 20;
const MAX_RATE = 2000;

/**
 * Turns access logs into a file of journeys.
 *
 * @returns a text about what was written and left out
 * @throws InputError if the logs cannot be used, or the file cannot be written
 */
export async function recordJourneys({ logs, file }: Recording, signal: AbortSignal): Promise<string> {
  const { recordedText, recordTraffic } =
    require("../rehearsal/record/record-traffic") as typeof import("../rehearsal/record/record-traffic");
  try {
    const mix = await recordTraffic(logs, signal);
    writeFileSync(file, formatJson(mix));
    return recordedText(mix, file);
  } catch (error) {
    signal.throwIfAborted();
    throw new InputError((error as Error).message);
  }
}

/**
 * The rate of the busiest recorded minute; undefined for journeys that were not recorded.
 *
 * @throws InputError if the file is no file of journeys
 */
export function recordedRate(file: string): number | undefined {
  const { readJourneysFile } = require("../contract") as typeof import("../contract");
  try {
    const rate = readJourneysFile(file).recorded?.busiestMinutePerSecond;
    return rate && Math.min(MAX_RATE, Math.max(MIN_RATE, Math.round(rate)));
  } catch (error) {
    throw new InputError((error as Error).message);
  }
}
