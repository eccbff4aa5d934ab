import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export const ROOT = join(__dirname, "..", "..");

/** A Markdown file of the repository. */
export interface Page {
  /** Relative to the repository. */
  readonly file: string;
  readonly text: string;
}

/** The README files and the pages below both folders `docs`. */
export function pages(): Page[] {
  const files = ["docs", join("components", "docs")].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(folder, name)),
  );
  return ["README.md", join("components", "README.md"), ...files.sort()].map((file) => ({
    file: relative(ROOT, join(ROOT, file)),
    text: readFileSync(join(ROOT, file), "utf8"),
  }));
}

/** The part of a page below a heading. */
export function section(file: string, heading: string): Page {
  const page = pages().find((each) => each.file === file);
  const text = page?.text.split(/^##+ /m).find((part) => part.startsWith(`${heading}\n`));
  assert.ok(text, `${file} has no section ${heading}`);
  return { file, text };
}

/** A command in a page, split into words. */
export interface Command {
  readonly file: string;
  readonly words: readonly string[];
}

/** The commands in a page's `sh` blocks, and those between backticks that start with a known program. */
export function commandsIn({ file, text }: Page): Command[] {
  const blocks = [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].flatMap((match) =>
    (match[1] ?? "").split("\n"),
  );
  const inline = [...text.matchAll(/`((?:npm|pulumi|npx|node) [^`\n]+)`/g)].map((match) => match[1] ?? "");
  return [...blocks, ...inline]
    .flatMap((line) => line.replace(/\s#.*$/, "").split("&&"))
    .map((command) => ({ file, words: command.trim().split(/\s+/).filter(Boolean) }))
    .filter(({ words }) => words.length > 0);
}

/** Link targets of a page inside the repository. */
export function linksIn({ text }: Page): string[] {
  const prose = text.replace(/^ *```[\s\S]*?^ *```$/gm, "").replace(/`[^`\n]*`/g, "code");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? "")
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors of a page, as GitHub makes them of its headings, and those that it sets itself. */
export function anchorsIn({ text }: Page): Set<string> {
  const prose = text.replace(/^ *```[\s\S]*?^ *```$/gm, "");
  const headings = [...prose.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replace(/ /g, "-"),
  );
  const own = [...text.matchAll(/<a id="([^"]+)"/g)].map((match) => match[1] ?? "");
  return new Set([...headings, ...own]);
}
