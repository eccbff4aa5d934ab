import type { MigrationScript } from "../../migrations/script/script";
import type { Simulator } from "../../simulator";

/** A program that can be rehearsed: the stack of this repository with an application, or one with resources of its own. */
export interface RehearsedProgram {
  /** True if it is a program with a `rehearsal.ts`, which may have one tier, and other outputs than this repository's. */
  readonly isOwn: boolean;
  /** Name of the application; undefined if the name of the project stands for it. */
  readonly name?: string;
  /** The known versions, oldest first. */
  readonly versions: readonly string[];
  readonly scripts: readonly MigrationScript[];
  /** Plans how the versions become available in a simulator. */
  plan(versions: readonly string[]): ProgramPlan;
}

export interface ProgramPlan {
  /** S3 buckets that exist before the program runs. */
  readonly buckets: readonly string[];
  /** Work that is done before a load runs. */
  prepare(): Promise<void>;
  /** Puts the artifacts of versions, and other things that the program expects to exist, into the simulator. */
  fill(simulator: Simulator, directory: string): Promise<ProgramPlace>;
}

/** Values for a program from the simulator that it runs in. */
export interface ProgramPlace {
  readonly environment: Readonly<Record<string, string>>;
  /** Settings by key, with or without a namespace. */
  readonly settings: Readonly<Record<string, unknown>>;
}
