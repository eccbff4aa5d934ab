import * as z from "zod";

/**
 * Formats an issue of a zod schema as `<key> must be <allowed>, got <value>.` The schema's descriptions are the
 * allowed values.
 *
 * @param issue the issue of a parse with `reportInput`
 */
export function issueSentence(schema: z.ZodType, issue: z.core.$ZodIssue): string {
  const key = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const unknown = issue.keys.map((each) => (key === "" ? each : `${key}.${each}`));
    return `${unknown.join(", ")} is not a known key.`;
  }
  const got = issue.input === undefined ? "nothing" : JSON.stringify(issue.input);
  return `${key || "The value"} must be ${schemaAt(schema, issue.path)?.description ?? "an object"}, got ${got}.`;
}

function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  let found: z.ZodType | undefined = schema;
  for (const key of path) {
    while (
      found instanceof z.ZodDefault ||
      found instanceof z.ZodPrefault ||
      found instanceof z.ZodOptional
    ) {
      found = found.unwrap() as z.ZodType;
    }
    if (found instanceof z.ZodObject) found = found.shape[String(key)] as z.ZodType | undefined;
    else if (found instanceof z.ZodRecord) found = found.valueType as z.ZodType;
    else return undefined;
  }
  // The description can be that of the value which the schema makes optional.
  while (found instanceof z.ZodOptional && found.description === undefined)
    found = found.unwrap() as z.ZodType;
  return found;
}
