import type { UpdateResult } from "../../engine/deploy/engine";
import type { LoadFigures } from "../load";
import type { RecordedStep } from "../report/run-record";

/** Shows the progress of a rehearsal. */
export interface RehearsalObserver {
  stepStarted(title: string): void;
  /** @param result undefined if the step was no update, or failed */
  stepEnded(step: RecordedStep, result: UpdateResult | undefined): void;
  loadStarted(url: string): void;
  progress(figures: LoadFigures): void;
}
