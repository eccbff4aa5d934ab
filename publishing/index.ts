/** Publishes versions: builds their artifacts once, uploads them and writes their release manifests. */

export { checkedOutCommit } from "./git-commit";
export { manifestText } from "./manifest";
export { PublishError } from "./publish-error";
export { type PublishedVersion, publishVersion } from "./publish-version";
export { openReleaseBucket, type ReleaseBucket } from "./release-bucket";
