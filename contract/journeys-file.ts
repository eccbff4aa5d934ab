import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import type { ApplicationLoad } from "./journeys";
import { ApplicationError } from "./load-application";
import { requireLoad } from "./require-load";

/** Figures of the access logs that journeys come from. */
export interface RecordedTraffic {
  /** ISO 8601, of the first and the last request. */
  readonly from: string;
  readonly to: string;
  readonly requests: number;
  readonly clients: number;
  /** On average. */
  readonly requestsPerSecond: number;
  readonly busiestMinutePerSecond: number;
  /** Share of the requests that write, 0-1. They are not among the journeys. */
  readonly writeShare: number;
  /** Numbers of requests that are not among the journeys. */
  readonly leftOut: { readonly writes: number; readonly rarePaths: number };
}

export interface JourneysFile {
  readonly load: ApplicationLoad;
  /** Absent for journeys that were not recorded. */
  readonly recorded?: RecordedTraffic;
}

/**
 * Reads a file of journeys: JSON or YAML with the keys of a load, or a module that exports `load`. In JSON and YAML, the
 * pattern of a source `text` is a text.
 *
 * @throws ApplicationError with all issues
 */
export function readJourneysFile(file: string): JourneysFile {
  const content = contentOf(file);
  if (typeof content !== "object" || content === null) {
    throw new ApplicationError(`${file} must have an object with journeys, got ${JSON.stringify(content)}.`);
  }
  const { recorded, ...load } = content as ApplicationLoad & { readonly recorded?: RecordedTraffic };
  return { load: requireLoad({ load }, file), ...(recorded && { recorded }) };
}

function contentOf(file: string): unknown {
  try {
    if (/\.[cm]?[jt]s$/.test(file)) return (require(resolve(file)) as { load?: unknown }).load;
    const text = readFileSync(file, "utf8");
    return withPatterns(file.endsWith(".json") ? JSON.parse(text) : parse(text));
  } catch (error) {
    throw new ApplicationError(
      `${file} must be a file of journeys (JSON, YAML, or a module that exports load): ${(error as Error).message}`,
    );
  }
}

/** Keys whose values are sources by name. */
const SOURCES = new Set(["remember", "answers"]);

/** Replaces the texts of patterns by patterns. */
function withPatterns(value: unknown, parent?: string): unknown {
  if (Array.isArray(value)) return value.map((each) => withPatterns(each));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => {
    const isPattern = parent === "source" && key === "text" && typeof each === "string";
    if (isPattern) return [key, new RegExp(each)];
    return [key, withPatterns(each, SOURCES.has(parent ?? "") ? "source" : key)];
  });
  return Object.fromEntries(entries);
}
