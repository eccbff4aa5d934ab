import { openApplication, PROGRAM_DIRECTORY } from "./application";
import { defineCommand, formatJson, type ParsedArguments } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { listOf, OptionReader, quote } from "./option-reader";
import { InputError } from "./usage-error";

interface PublishOptions {
  readonly bucket?: string;
  readonly prefix?: string;
  readonly allowDirty?: boolean;
  readonly json?: boolean;
}

interface PublishInput {
  readonly version?: string;
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
  readonly allowDirty: boolean;
  readonly json: boolean;
}

export const publish = defineCommand<PublishInput>({
  name: "publish",
  summary: "build a version, upload its artifacts and write its release manifest, once",
  description:
    "Builds the version of the sources, uploads each tier's artifact to a bucket and writes releases/<version>.json.\n\n" +
    "Run it in CI at the version's tag, and commit the manifest. A published version never changes: with the same sources " +
    "the command does nothing, with others it fails.",
  examples: [
    ["changeover publish --bucket shop-releases", "publish the version that this checkout builds"],
    ["changeover publish 1.1.0 --bucket shop-releases --prefix shop/", "one of several, below a prefix"],
  ],
  exitCodes: EXIT_CODES.common,
  configure: (command) =>
    command
      .argument("[version]", "version to publish (default: the version of the sources)")
      .option("--bucket <name>", "bucket in S3 for the artifacts (required)")
      .option("--prefix <prefix>", "beginning of all keys in the bucket (default: none)")
      .option("--allow-dirty", "publish sources that differ from the checked-out commit"),
  read: readPublishOptions,
  run: async (input, { write, log }) => {
    const publishing = require("../publishing") as typeof import("../publishing");
    const { ReleaseManifestError } = require("../contract") as typeof import("../contract");
    const { loadScripts } =
      require("../migrations/script/load-scripts") as typeof import("../migrations/script/load-scripts");
    const { firstMigration } =
      require("../migrations/script/first-migration") as typeof import("../migrations/script/first-migration");
    const { allowDirty, prefix } = input;
    try {
      const { application, releasesDirectory, migrationsDirectory } = openApplication();
      const source = sourceVersion(application.versions, input.version);
      const commit = publishing.checkedOutCommit({
        programDirectory: PROGRAM_DIRECTORY,
        releasesDirectory,
        allowDirty,
      });
      const bucket = publishing.openReleaseBucket(input.bucket);
      try {
        const { outcome, file, manifest } = await publishing.publishVersion({
          ...{ source, commit, bucket, prefix, releasesDirectory, log },
          firstMigration: firstMigration(source.version, loadScripts(migrationsDirectory)),
        });
        const sentence =
          outcome === "published"
            ? `Published ${manifest.version}. Commit ${file}.\n`
            : `${manifest.version} is published already, with the same artifacts. Nothing to do.\n`;
        await write(input.json ? formatJson({ outcome, file, manifest }) : sentence);
        return EXIT_CODES.common.done;
      } finally {
        bucket.close();
      }
    } catch (error) {
      if (error instanceof publishing.PublishError || error instanceof ReleaseManifestError)
        throw new InputError(error.message);
      throw error;
    }
  },
});

function readPublishOptions({ options, args }: ParsedArguments): PublishInput {
  const { bucket, prefix = "", allowDirty = false, json = false } = options as PublishOptions;
  const [version] = args as [string | undefined];
  const reader = new OptionReader();
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket ?? "")) {
    reader.reject("--bucket", "the name of a bucket in S3", quote(bucket));
  }
  if (!/^(?!\/)[\w!.*'()/-]{0,200}$/.test(prefix)) {
    reader.reject(
      "--prefix",
      "up to 200 letters, digits, slashes and !_.*'()-, not starting with a slash",
      quote(prefix),
    );
  }
  const folder = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
  return reader.result({ version, bucket: bucket ?? "", prefix: folder, allowDirty, json });
}

type SourceVersions = ReturnType<typeof openApplication>["application"]["versions"];

function sourceVersion(versions: SourceVersions, wanted: string | undefined): SourceVersions[number] {
  const names = versions.map(({ version }) => version);
  const [only] = versions;
  if (wanted === undefined && versions.length === 1 && only !== undefined) return only;
  const found = versions.find(({ version }) => version === wanted);
  if (found !== undefined) return found;
  const allowed = names.length === 0 ? "one that this checkout builds (there is none)" : listOf(names);
  throw new InputError(
    `The version to publish must be ${allowed}, got ${quote(wanted)}. ` +
      "Name a version that the sources build, or check out its tag.",
  );
}
