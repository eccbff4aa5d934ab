import type { JourneyAnswer, JourneyRequest, JourneySteps, JourneyUser } from "../../contract";

/** A journey in progress. */
export interface JourneyRun {
  /**
   * The next request, or undefined at the end.
   *
   * @param answer the expected answer to the last request; undefined for the first one
   */
  next(answer?: JourneyAnswer): JourneyRequest | undefined;
  /** Ends the journey after a failed request. */
  abandon(): void;
}

/** An error that a team's own journey has thrown. It ends the run, because its figures would not be right. */
export class JourneyError extends Error {
  override readonly name = "JourneyError";
}

/** @param name the journey's name, for errors */
export function startJourney(name: string, steps: JourneySteps, user: JourneyUser): JourneyRun {
  const generator = typeof steps === "function" ? guarded(name, () => steps(user)) : inOrder(steps);
  return {
    next: (answer) => {
      const { done, value } = guarded(name, () => generator.next(answer as JourneyAnswer));
      return done ? undefined : (value as JourneyRequest);
    },
    abandon: () => guarded(name, () => void generator.return()),
  };
}

function* inOrder(steps: readonly JourneyRequest[]): Generator<JourneyRequest, void, JourneyAnswer> {
  yield* steps;
}

function guarded<Result>(name: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    const { message } = error instanceof Error ? error : new Error(String(error));
    throw new JourneyError(`The journey ${name} of app/index.ts failed: ${message}`, { cause: error });
  }
}
