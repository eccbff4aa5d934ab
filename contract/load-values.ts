import type { ApplicationLoad, ExpectedAnswer, JourneyRequest, JourneySteps, ReadBack } from "./journeys";

const PLACEHOLDER = /\{(\w+)\}/g;
const BUILT_IN = ["user", "random"];
const UPLOAD_VALUES = ["bytes", "sha256"];

/** The names of the values in braces that a text, or a value with texts in it, contains. */
export function placeholdersIn(value: unknown): string[] {
  if (typeof value === "string") return [...value.matchAll(PLACEHOLDER)].map(([, name = ""]) => name);
  if (typeof value !== "object" || value === null || value instanceof RegExp) return [];
  return Object.values(value).flatMap(placeholdersIn);
}

/**
 * The issues of values in braces: those that no earlier answer gives, and an upload whose content is not compared.
 *
 * @param load a load whose shape is valid
 */
export function loadValueIssues(load: ApplicationLoad): string[] {
  const { journeys, session, upload } = load;
  const known = new Set(BUILT_IN);
  const issues: string[] = [];
  if (session !== undefined) {
    issues.push(...stepIssues("load.session.login", session.login, known));
    for (const name of rememberedBy(session.login)) known.add(name);
    issues.push(...unknownIn("load.session.headers", session.headers, known));
    if (session.logout) issues.push(...stepIssues("load.session.logout", session.logout, known));
  }
  // A function may remember anything.
  const isOpen = typeof session?.login === "function";
  if (isOpen) return issues;
  for (const [name, { steps }] of Object.entries(journeys)) {
    issues.push(...stepIssues(`load.journeys.${name}.steps`, steps, known));
  }
  if (upload !== undefined) {
    const { readBack, remember = {}, ...request } = upload;
    const uploaded = new Set([...known, ...UPLOAD_VALUES]);
    issues.push(...unknownIn("load.upload", request, uploaded));
    for (const each of Object.keys(remember)) uploaded.add(each);
    issues.push(...unknownIn("load.upload.readBack", readBack, uploaded));
    const compared = [request.expect, readBack?.expect].flatMap(placeholdersIn);
    if (!compared.some((name) => UPLOAD_VALUES.includes(name)) && readBack?.check === undefined) {
      issues.push(
        "load.upload must compare {sha256} or {bytes} in expect or in readBack.expect, got neither. " +
          "Otherwise a cut upload would not be noticed.",
      );
    }
  }
  return issues;
}

function stepIssues(key: string, steps: JourneySteps, before: ReadonlySet<string>): string[] {
  if (typeof steps === "function") return [];
  const known = new Set(before);
  return steps.flatMap(({ readBack, remember = {}, ...request }, index) => {
    const issues = unknownIn(`${key}.${index}`, request, known);
    for (const name of Object.keys(remember)) known.add(name);
    if (typeof readBack !== "object") return issues;
    return [...issues, ...unknownIn(`${key}.${index}.readBack`, readBack, known)];
  });
}

type Templates = Partial<JourneyRequest> | ReadBack | ExpectedAnswer | Readonly<Record<string, string>>;

function unknownIn(key: string, templates: Templates | undefined, known: ReadonlySet<string>): string[] {
  const unknown = new Set(placeholdersIn(templates).filter((name) => !known.has(name)));
  return [...unknown].map(
    (name) =>
      `${key} must use only values that earlier answers gave, got {${name}}. ` +
      "Add it to `remember` of an earlier request, or correct its name.",
  );
}

function rememberedBy(steps: JourneySteps): string[] {
  return typeof steps === "function" ? [] : steps.flatMap(({ remember = {} }) => Object.keys(remember));
}
