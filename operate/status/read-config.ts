import { basename } from "node:path";
import { loadProject } from "../../engine/program/project";
import { loadStackConfig, stackFile } from "../../engine/program/stack-config";
import type { ConfiguredRelease } from "./status-report";

/** @param stack may have an organization and a project: `acme/changeover/prod` */
function fileStack(stack: string): string {
  return stack.split("/").at(-1) ?? stack;
}

/** Reads the settings of the stack's file. Undefined if there is no such file, or if it is not valid. */
export function readConfiguredRelease(directory: string, stack: string): ConfiguredRelease | undefined {
  try {
    const project = loadProject(directory);
    const file = stackFile(project, fileStack(stack));
    if (file === undefined) return undefined;
    const { values } = loadStackConfig(project, fileStack(stack), { encrypted: "placeholder" });
    const value = (key: string) => values[`${project.name}:${key}`] || undefined;
    const live = value("live") === "green" ? "green" : "blue";
    const versions = { blue: value("blueVersion"), green: value("greenVersion") };
    return { file: basename(file), live, canaryPercent: Number(value("canaryPercent") ?? 0), versions };
  } catch {
    return undefined;
  }
}
