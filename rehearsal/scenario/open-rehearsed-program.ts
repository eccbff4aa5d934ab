import { loadProgramRehearsal } from "../../contract";
import { applicationProgram } from "./application-program";
import { ownProgram } from "./own-program";
import type { RehearsedProgram } from "./rehearsed-program";

/** @throws ApplicationError with all issues of the program's `rehearsal.ts` or `app/index.ts` */
export function openRehearsedProgram(programDirectory: string): RehearsedProgram {
  const rehearsal = loadProgramRehearsal(programDirectory);
  return rehearsal === undefined
    ? applicationProgram(programDirectory)
    : ownProgram(rehearsal, programDirectory);
}
