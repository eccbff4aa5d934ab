import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A generated part of a file. It stands between `<!-- name -->` and `<!-- /name -->`, or between `# name` and `#
 * /name` in YAML.
 */
export interface GeneratedBlock {
  readonly file: string;
  readonly name: string;
  content(): string;
}

const root = join(__dirname, "..");

/** @throws Error if the file lacks the markers */
export function replaceBlock(text: string, { file, name, content }: GeneratedBlock): string {
  const [start, end] = /\.ya?ml$/.test(file)
    ? [`# ${name}\n`, `# /${name}\n`]
    : [`<!-- ${name} -->\n\n`, `\n<!-- /${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`${file} must contain the line ${start.trim()} and, below it, the line ${end.trim()}.`);
  return `${text.slice(0, from + start.length)}${content()}${text.slice(to)}`;
}

/**
 * Writes the blocks into their files; a check writes nothing.
 *
 * @returns absolute paths of the files that were out of date
 */
export function writeBlocks(blocks: readonly GeneratedBlock[], isCheck: boolean): string[] {
  const files = [...new Set(blocks.map(({ file }) => file))];
  return files.flatMap((file) => {
    const path = join(root, file);
    const before = readFileSync(path, "utf8");
    const after = blocks
      .filter((block) => block.file === file)
      .reduce((text, block) => replaceBlock(text, block), before);
    if (after === before) return [];
    if (!isCheck) writeFileSync(path, after);
    return [path];
  });
}
