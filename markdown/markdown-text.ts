/** Formats a code block. Its fence is longer than any fence in the text, so that the text cannot end the block. */
export function fencedCode(lines: readonly string[], language = ""): string {
  const text = lines.join("\n");
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/**
 * Escapes a text for Markdown on GitHub, so that it can contain no HTML, image, mention or reference to an issue. Only its
 * code between backticks, on one line, stays code.
 */
export function escapeMarkdown(text: string): string {
  return text
    .split(/(`[^`\n]+`)/)
    .map((part, index) => (index % 2 === 1 ? inlineCode(part.slice(1, -1)) : escapeText(part)))
    .join("");
}

/** An empty comment separates `@` and `#` from the word. */
function escapeText(text: string): string {
  return escapeHtml(text)
    .replace(/([\\`*_[\]|~])/g, "\\$1")
    .replace(/!(?=\\\[)/g, "\\!")
    .replace(/@/g, "@<!-- -->")
    .replace(/#(?=\w)/g, "#<!-- -->")
    .replace(/\b(GH)-(?=\d)/gi, "$1<!-- -->-")
    .replace(/\b(https?|ftp):\/\//gi, "$1:<!-- -->//")
    .replace(/\bwww\./gi, "www<!-- -->.")
    .replace(/^(\s*)([-+>]|\d+[.)])(?=\s)/gm, "$1\\$2")
    .replace(/\s*\n\s*/g, "<br>");
}

/** Formats a text as inline code that can be in a table. */
export function inlineCode(text: string): string {
  return `\`${text.replaceAll("`", "'").replaceAll("|", "\\|").replace(/\s+/g, " ")}\``;
}

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The anchor that GitHub gives a heading. */
export function headingAnchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}
