import type { Application } from "./application";
import type { ApplicationLoad } from "./journeys";
import { ApplicationError } from "./load-application";
import { loadShapeIssues } from "./load-schema";
import { loadValueIssues } from "./load-values";

/**
 * The load of an application, validated.
 *
 * @param file the file that has it, for errors
 * @throws ApplicationError with all issues
 */
export function requireLoad({ load }: Pick<Application, "load">, file = "app/index.ts"): ApplicationLoad {
  const shape = loadShapeIssues(load);
  const issues = shape.length > 0 ? shape : loadValueIssues(load);
  if (issues.length === 0) return load;
  throw new ApplicationError(
    `The load of ${file} is not valid; contract/journeys.ts has its type.\n${issues.join("\n")}`,
  );
}
