export * from "./application";
export { type DeployedVersion, deployedVersion } from "./deployed-version";
export { issueSentence } from "./issue-sentence";
export * from "./journeys";
export { type JourneysFile, type RecordedTraffic, readJourneysFile } from "./journeys-file";
export { findVersion, type KnownVersion, knownVersions, type VersionOrigin } from "./known-versions";
export { ApplicationError, loadApplication, requireApplication } from "./load-application";
export { placeholdersIn } from "./load-values";
export {
  loadOfProgram,
  loadProgramRehearsal,
  type ProgramRehearsal,
  type RehearsalSettings,
  type Surroundings,
} from "./program-rehearsal";
export {
  parseReleaseManifest,
  type ReleaseManifest,
  ReleaseManifestError,
  readReleaseManifests,
} from "./release-manifest";
export { RELEASES_DIRECTORY_VARIABLE, releasesDirectory } from "./releases-directory";
export { requireLoad } from "./require-load";
