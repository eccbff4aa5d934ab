import { settingRows } from "./settings";

/** Every setting of a stack as a table in Markdown: key, meaning, what is allowed, default. */
export function settingsTable(): string {
  const rows = settingRows().map(([key, { meaning, allowed, default: fallback }]) => [
    `\`${key}\``,
    meaning,
    allowed,
    fallback,
  ]);
  return [["Key", "Meaning", "Allowed", "Default"], ["---", "---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`)
    .join("");
}
