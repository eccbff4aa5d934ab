export * from "./application";
export { issueSentence } from "./issue-sentence";
export * from "./journeys";
export { type KnownVersion, knownVersions } from "./known-versions";
export { ApplicationError, loadApplication, requireApplication } from "./load-application";
export {
  parseReleaseManifest,
  type ReleaseManifest,
  ReleaseManifestError,
  readReleaseManifests,
} from "./release-manifest";
