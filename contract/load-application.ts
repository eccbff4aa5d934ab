import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Application } from "./application";

/**
 * Loads the application of a program: the export `application` of its `app/index.ts`.
 *
 * @throws ApplicationError if there is no such export
 */
export function loadApplication(programDirectory: string): Application {
  const module = resolve(programDirectory, "app");
  const shown = join(relative("", module), "index.ts");
  if (!["index.ts", "index.js"].some((name) => existsSync(join(module, name)))) {
    throw new ApplicationError(
      `${shown} is missing. It must export \`application\`; contract/application.ts has its type.`,
    );
  }
  const { application } = require(module) as { application?: Application };
  return requireApplication(application, shown);
}

/** A program without an application, or with one that is not an object with tiers. */
export class ApplicationError extends Error {
  override readonly name = "ApplicationError";
}

/** @throws ApplicationError if the file exports no application */
export function requireApplication(application: Application | undefined, file: string): Application {
  if (application?.tiers !== undefined) return application;
  throw new ApplicationError(`${file} must export \`application\`; contract/application.ts has its type.`);
}
