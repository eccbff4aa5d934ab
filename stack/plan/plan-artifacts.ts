interface ArtifactDigest {
  readonly key: string;
  readonly sha256: string;
}

export interface ArtifactPlan {
  /** SHA-256 of each artifact after the update, by key. */
  readonly published: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/**
 * Plans which artifacts are uploaded. A version is published once: a build that differs from the published one is not
 * uploaded.
 */
export function planArtifacts(
  artifacts: readonly ArtifactDigest[],
  publishedBefore: Readonly<Record<string, string>> = {},
): ArtifactPlan {
  const published: Record<string, string> = {};
  const warnings: string[] = [];
  for (const { key, sha256 } of artifacts) {
    published[key] = publishedBefore[key] ?? sha256;
    if (published[key] !== sha256) {
      warnings.push(
        `${key} is published with SHA-256 ${published[key].slice(0, 12)}, and this checkout builds ${sha256.slice(0, 12)}. ` +
          "Instances run the published artifact. Release the change under a new version.",
      );
    }
  }
  return { published, warnings };
}
