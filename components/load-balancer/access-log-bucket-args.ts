import { type TaggedArgs, tagsSpec } from "../tags/tagged-args";
import type { ComponentSpec } from "../validation/args-spec";
import { BUCKET_NAME } from "../validation/names";

export interface AccessLogBucketArgs extends TaggedArgs {
  /**
   * The time in days after which a log is deleted, 1-3653.
   *
   * @default 365
   */
  retentionDays?: number;
  /**
   * Protects the bucket from deletion in Pulumi. Without protection, a deleted bucket loses its logs.
   *
   * @default true
   */
  protect?: boolean;
}

export const accessLogBucketSpec = {
  name: { ...BUCKET_NAME, suffix: "-access-logs" },
  args: {
    retentionDays: { kind: "integer", min: 1, max: 3653, default: 365 },
    protect: { kind: "boolean", default: true },
    tags: tagsSpec(),
  },
} as const satisfies ComponentSpec<AccessLogBucketArgs>;
