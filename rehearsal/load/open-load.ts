import { type ApplicationLoad, loadOfProgram, readJourneysFile } from "../../contract";
import type { LoadSettings } from "./options";

/** Smallest share of the application's own journeys: they store records, and read them back across a flip. */
const MIN_OWN_SHARE = 0.05;

/**
 * Reads the load of an application, of a file of journeys, or of both.
 *
 * @throws ApplicationError with all issues
 */
export function openLoad({
  programDirectory,
  journeysFile,
}: Pick<LoadSettings, "programDirectory" | "journeysFile">): ApplicationLoad {
  const own = programDirectory === undefined ? undefined : loadOfProgram(programDirectory);
  if (journeysFile === undefined) {
    if (own === undefined)
      throw new Error("A load needs programDirectory, journeysFile or both, got neither.");
    return own;
  }
  const { load, recorded } = readJourneysFile(journeysFile);
  return own === undefined ? load : replayedLoad(own, load, recorded?.writeShare);
}

/**
 * Journeys of a file, with the sessions and devices of an application. The application's own journeys make up the share of
 * the requests that write.
 */
export function replayedLoad(
  own: ApplicationLoad,
  replayed: ApplicationLoad,
  writeShare = 0,
): ApplicationLoad {
  const share = Math.min(0.95, Math.max(MIN_OWN_SHARE, writeShare));
  const total = (load: ApplicationLoad) =>
    Object.values(load.journeys).reduce((sum, { weight = 1 }) => sum + weight, 0);
  const scale = (total(replayed) / total(own)) * (share / (1 - share));
  const scaled = Object.entries(own.journeys).map(([name, journey]) => [
    name,
    { ...journey, weight: (journey.weight ?? 1) * scale },
  ]);
  return { ...own, ...replayed, journeys: { ...Object.fromEntries(scaled), ...replayed.journeys } };
}
