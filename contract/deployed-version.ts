import * as z from "zod";
import { releaseManifest } from "./release-manifest";

/** The schema of {@link DeployedVersion}. Keys that later versions of the program add are ignored. */
export const deployedVersion = z.object({
  ...releaseManifest.shape,
  commit: z.string().optional(),
  store: z.enum(["declared", "retained"]).optional(),
});

/**
 * A version that a stack deployed, as the stack's output `manifests` describes it.
 *
 * `store` is absent if the artifacts were published elsewhere. Otherwise they are in the stack's artifact store:
 * `declared` as resources of the stack, or `retained` in the bucket only.
 */
export type DeployedVersion = Readonly<z.infer<typeof deployedVersion>>;
