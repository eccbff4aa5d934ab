import { openReleaseBucket, type ReleaseBucket } from "../../publishing";
import type { Simulator } from "../../simulator";

/** The simulator accepts any credentials. */
const LOGIN = {
  region: "eu-central-1",
  credentials: { accessKeyId: "rehearsal", secretAccessKey: "rehearsal" },
};

/** Opens a bucket of the simulator. */
export function simulatedBucket({ endpoint }: Pick<Simulator, "endpoint">, bucket: string): ReleaseBucket {
  return openReleaseBucket(bucket, { ...LOGIN, endpoint });
}
