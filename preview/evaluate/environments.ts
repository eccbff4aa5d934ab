import { isObject } from "../../aws/json-input";
import { EngineInputError } from "../../engine/program/program-error";
import { loadProject } from "../../engine/program/project";
import { readEnvironment } from "../../engine/program/stack-config";
import type { CheckedOut, RevisionError } from "../checkout/checked-out";
import { enumerate } from "../wording";

export interface StackEnvironment {
  /** Name for messages, without values: `shop/dev and shared/tags`. */
  readonly name: string;
  /** The whole section of the stack's file, for comparison. */
  readonly content: string;
}

/**
 * Reads the Pulumi ESC environments of a stack. Undefined if there are none, and for invalid files, which the
 * evaluation reports.
 */
export function environmentOf({ programDirectory }: CheckedOut, stack: string): StackEnvironment | undefined {
  try {
    const environment = readEnvironment(loadProject(programDirectory), stack);
    const name = environmentName(environment);
    return name === "" ? undefined : { name, content: JSON.stringify(environment) };
  } catch (error) {
    if (error instanceof EngineInputError) return undefined;
    throw error;
  }
}

function environmentName(environment: unknown): string {
  const { imports, values } = isObject(environment)
    ? environment
    : { imports: environment, values: undefined };
  const items: unknown[] = Array.isArray(imports) ? imports : [];
  const names = items.flatMap((item) => (isObject(item) ? Object.keys(item) : [String(item)]));
  return enumerate(values === undefined ? names : [...names, "values written in the stack's file"]);
}

const MISSING_VALUE = /^(Missing required configuration variable|Stack '.*' is missing configuration)/;

export function withEnvironmentHint(
  error: RevisionError,
  environment: StackEnvironment | undefined,
): RevisionError {
  if (environment === undefined || !MISSING_VALUE.test(error.message)) return error;
  const hint = `The value may come from the stack's Pulumi ESC environments (${environment.name}), which a preview does not read. Use --stack with a stack whose file has the value.`;
  return { ...error, message: `${error.message.trimEnd()}\n${hint}` };
}
