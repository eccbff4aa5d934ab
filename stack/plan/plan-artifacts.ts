/** The code under one key of the artifact store. */
export interface BuiltArtifact {
  readonly key: string;
  readonly sha256: string;
}

export interface ArtifactPlan {
  /** SHA-256 of what is published under each key after the update: what was first stays. */
  readonly published: Record<string, string>;
  /** One sentence for each version whose code changed after it was published. */
  readonly warnings: string[];
}

/** A version is published once. Code that changed under the same version is named, and not released. */
export function planArtifacts(
  built: readonly BuiltArtifact[],
  before: Readonly<Record<string, string>> = {},
): ArtifactPlan {
  const published: Record<string, string> = {};
  const warnings: string[] = [];
  for (const { key, sha256 } of built) {
    const first = before[key] ?? sha256;
    published[key] = first;
    if (first !== sha256) {
      warnings.push(
        `${key} is published already, and the code of this checkout differs from it. Servers go on with what is ` +
          "published; give the change a new version to release it.",
      );
    }
  }
  return { published, warnings };
}
