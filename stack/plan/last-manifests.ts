import * as z from "zod";
import { ValueDescription } from "../../components/validation/validation-issue";
import { type DeployedVersion, deployedVersion } from "../../contract";
import { compareVersions } from "../../migrations/script/version";
import { ValidationError } from "../validation-error";

/** Number of versions without a color that stay deployable without their sources. */
const MAX_FORMER_VERSIONS = 10;

/** The stack's output `manifests`: the JSON of each {@link DeployedVersion}, by version. */
const lastManifests = z.record(z.string(), z.string());

/**
 * Parses the output `manifests`.
 *
 * @returns an empty list if no update has written it yet
 * @throws ValidationError if it is malformed, because a version must not be built again
 */
export function parseLastManifests(output: unknown): DeployedVersion[] {
  if (output === undefined || output === null) return [];
  const parsed = lastManifests.safeParse(output);
  const versions = parsed.success ? Object.values(parsed.data).map(parseVersion) : [undefined];
  if (versions.every((version) => version !== undefined)) return versions;
  throw new ValidationError([
    {
      key: "The stack's output `manifests`",
      allowed: "an output of this program",
      got: new ValueDescription("another value"),
      remedy:
        "Restore it with `pulumi stack export` and `import`, or run the version of the program that wrote it.",
    },
  ]);
}

function parseVersion(text: string): DeployedVersion | undefined {
  try {
    const parsed = deployedVersion.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** The newest versions that no color names. Their objects are in the bucket, but not declared. */
export function formerVersions(
  last: readonly DeployedVersion[],
  versions: readonly string[],
): DeployedVersion[] {
  return last
    .filter(({ version }) => !versions.includes(version))
    .sort((left, right) => compareVersions(right.version, left.version))
    .slice(0, MAX_FORMER_VERSIONS)
    .map((each) => (each.store === undefined ? each : { ...each, store: "retained" }));
}
