import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { type TaggedArgs, tagsSpec } from "../tags/tagged-args";
import type { ArgsSpec, ComponentSpec, Requirement } from "../validation/args-spec";
import { duplicateIssue } from "../validation/find-issues";
import { BUCKET_NAME } from "../validation/names";

export interface ArtifactArgs {
  /**
   * The key of the object in the bucket, e.g. `web/1.0.0.js`: 1-1024 bytes, unique.
   *
   * The file is uploaded once, and later changes of it have no effect.
   */
  key: string;
  /**
   * The path of the file, relative to the program.
   *
   * The file must exist as long as its key is listed: Pulumi reads it in every preview and update, although it is
   * uploaded only once. Remove the artifact from the list when the file is gone; its object stays in the bucket.
   */
  file: string;
}

export interface ArtifactStoreArgs extends TaggedArgs {
  /**
   * The artifacts that this program uploads. An artifact that is removed from the list stays in the bucket, so that
   * instances can still fetch it.
   */
  artifacts: ArtifactArgs[];
  /**
   * Protects the bucket from deletion in Pulumi. Without the bucket, new instances cannot fetch their software.
   *
   * @default true
   */
  protect?: boolean;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const objectKey: Requirement<string> = {
  allowed: "1 to 1024 bytes without control characters, such as web/1.0.0.js",
  holds: (key) => /^\P{Cc}+$/u.test(key) && Buffer.byteLength(key) <= 1024,
};

/** Pulumi itself reports a missing file only after other resources are declared. */
const existingFile: Requirement<string> = {
  allowed: "a file that exists, relative to the program",
  holds: (file) => file.trim() !== "" && (isFile(file) || !isInProgramFolder()),
  remedy: "Build it, or give its path. Remove its key when no color uses it.",
};

function isFile(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * False in unit tests, with the Automation API, and in a plugin process, which does not know the program's folder.
 */
function isInProgramFolder(): boolean {
  return path.isAbsolute(pulumi.getRootDirectory());
}

const artifactSpec = {
  key: { kind: "string", format: objectKey, required: true },
  file: { kind: "string", format: existingFile, required: true },
} as const satisfies ArgsSpec<ArtifactArgs>;

export const artifactStoreSpec = {
  name: BUCKET_NAME,
  args: {
    artifacts: {
      kind: "list",
      items: { kind: "object", args: artifactSpec },
      check: (artifacts, key) => [
        duplicateIssue(
          key,
          artifacts.map((artifact) => artifact.key),
        ),
      ],
      required: true,
    },
    protect: { kind: "boolean", default: true },
    tags: tagsSpec(),
  },
} as const satisfies ComponentSpec<ArtifactStoreArgs>;
