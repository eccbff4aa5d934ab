import * as z from "zod";
import { releaseManifest } from "./release-manifest";

// A preview without a cloud has a placeholder for the bucket.
const artifact = z.object({
  url: z.string().regex(/^s3:\/\/[^/]+\/./),
  sha256: releaseManifest.shape.artifacts.shape.web.shape.sha256,
});

/** The schema of {@link DeployedVersion}. Keys that later versions of the program add are ignored. */
export const deployedVersion = z.object({
  ...releaseManifest.shape,
  commit: z.string().optional(),
  artifacts: z.object({ web: artifact, app: artifact }),
  store: z.enum(["declared", "retained"]).optional(),
});

/**
 * A version that a stack deployed, as the stack's output `manifests` describes it.
 *
 * `store` is absent if the artifacts were published elsewhere. Otherwise they are in the stack's artifact store:
 * `declared` as resources of the stack, or `retained` in the bucket only.
 */
export type DeployedVersion = Readonly<z.infer<typeof deployedVersion>>;
