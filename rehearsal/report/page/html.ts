/** Markup that is already escaped. */
export class Html {
  constructor(readonly markup: string) {}
}

type Part = string | number | Html | undefined | readonly Part[];

/** Template for markup. Interpolated texts are escaped; interpolated markup, also in lists, is not. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(texts.map((text, index) => text + render(parts[index])).join(""));
}

function render(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.markup;
  if (Array.isArray(part)) return part.map(render).join("");
  return String(part).replace(/[&<>"']/g, (character) => ESCAPED[character] as string);
}

const ESCAPED: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
