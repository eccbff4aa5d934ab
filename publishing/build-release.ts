import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { type SourceVersion, TIER_NAMES, type TierName } from "../contract";
import { PublishError } from "./publish-error";

export interface BuiltArtifact {
  readonly tier: TierName;
  readonly content: Buffer;
  readonly sha256: string;
  /** Extension of the file, such as `.js`; empty if it has none. */
  readonly extension: string;
}

/**
 * Builds the artifacts of all tiers.
 *
 * @throws PublishError if a build's digest differs from its file's
 */
export function buildArtifacts(source: SourceVersion): BuiltArtifact[] {
  return TIER_NAMES.map((tier) => {
    const { file, sha256: promised } = source.build(tier);
    const content = readFileSync(file);
    const sha256 = createHash("sha256").update(content).digest("hex");
    if (sha256 !== promised) {
      throw new PublishError(
        `The build of ${tier} ${source.version} must return the SHA-256 of ${file}, ${sha256}, got ${promised}. ` +
          "Correct `build` in app/index.ts.",
      );
    }
    return { tier, content, sha256, extension: extname(file) };
  });
}
