import { placeholdersIn } from "../../contract";

export type Values = Readonly<Record<string, unknown>>;

/**
 * Replaces values in braces in all texts of a value. A text that is one placeholder alone becomes the value itself, so a
 * number stays a number. Unknown names stay as they are.
 */
export function render<Template>(template: Template, values: Values): Template {
  return rendered(template, values) as Template;
}

function rendered(template: unknown, values: Values): unknown {
  if (typeof template === "string") return renderText(template, values);
  if (Array.isArray(template)) return template.map((each) => rendered(each, values));
  if (
    typeof template !== "object" ||
    template === null ||
    Object.getPrototypeOf(template) !== Object.prototype
  )
    return template;
  return Object.fromEntries(Object.entries(template).map(([key, each]) => [key, rendered(each, values)]));
}

function renderText(template: string, values: Values): unknown {
  const names = placeholdersIn(template);
  const [only] = names;
  if (names.length === 0) return template;
  if (only !== undefined && template === `{${only}}` && only in values) return values[only];
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in values ? String(values[name]) : whole,
  );
}
