// @ts-check
const { SourceMap } = require("node:module");

/**
 * Function of Pulumi's SDK that records a stack trace for each promise. They are shown only with
 * PULUMI_DEBUG_PROMISE_LEAKS, and take a quarter of a program's run time.
 */
const RECORDER = "debuggablePromise";

/**
 * Maps the positions in stack traces to the sources. Unlike Node.js and source-map-support, it reads the maps of the
 * program's own files only, when a stack trace has one of them.
 *
 * @returns {Map<string, string>} compiled code by file, each with an inline source map. The caller fills it.
 */
exports.mapPositions = () => {
  /** @type {Map<string, string>} */
  const codes = new Map();
  /** @type {Map<string, import("node:module").SourceMap | undefined>} */
  const maps = new Map();
  const mapOf = (/** @type {string} */ file) => {
    if (!maps.has(file)) maps.set(file, inlineMap(codes.get(file) ?? ""));
    return maps.get(file);
  };
  const isRecorded = process.env.PULUMI_DEBUG_PROMISE_LEAKS !== undefined;

  Error.prepareStackTrace = (error, frames) => {
    if (!isRecorded && frames[0]?.getFunctionName() === RECORDER) return "";
    const lines = frames.map((frame) => {
      const text = String(frame);
      const file = frame.getFileName();
      return file && codes.has(file) ? mapped(text, mapOf(file)) : text;
    });
    return [titleOf(error), ...lines].join("\n    at ");
  };
  return codes;
};

/** @param {string} code */
function inlineMap(code) {
  const [, encoded] =
    /\n\/\/# sourceMappingURL=data:application\/json;base64,([\w+/=]+)\s*$/.exec(code) ?? [];
  if (encoded === undefined) return undefined;
  return new SourceMap(JSON.parse(Buffer.from(encoded, "base64").toString("utf8")));
}

/**
 * @param {string} frame such as `name (/folder/file.ts:1:234)`
 * @param {import("node:module").SourceMap | undefined} map
 */
function mapped(frame, map) {
  return frame.replace(/:(\d+):(\d+)(\)?)$/, (position, line, column, end) => {
    const entry = map?.findEntry(line - 1, column - 1);
    if (entry === undefined || !("originalLine" in entry)) return position;
    return `:${entry.originalLine + 1}:${entry.originalColumn + 1}${end}`;
  });
}

/** @param {unknown} error */
function titleOf(error) {
  try {
    return String(error);
  } catch {
    return "Error"; // Its own `toString` throws.
  }
}
