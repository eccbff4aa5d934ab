import type { Application } from "../../contract";
import type { RequirementResults } from "./requirements";
import type { TestBed } from "./test-bed";

/** The parts that all checks of a verification share. */
export interface VerifyContext {
  readonly bed: TestBed;
  readonly application: Application;
  readonly results: RequirementResults;
}
