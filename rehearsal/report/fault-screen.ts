import type { FaultRehearsalObserver } from "../faults/stage/rehearse-faults";
import { faultLines } from "./fault-lines";
import type { Screen } from "./screen";

const STACKS = {
  "real time": "a new stack; health checks run in real time, periods of alarms are 30 times as short",
  scaled: "a new stack; health checks run ten times as often, periods of alarms are 30 times as short",
};

/** Shows the progress of faults on a screen. */
export function faultScreen(screen: Pick<Screen, "line" | "stepStarted">): FaultRehearsalObserver {
  return {
    stackStarted: (name) => screen.line(`\nStarting ${STACKS[name]}.`),
    faultStarted: ({ name, summary }) => screen.stepStarted(`${name}: ${summary}`),
    faultEnded: ({ record }) => {
      for (const line of faultLines(record)) screen.line(`  ${line}`);
      screen.line(`  ${record.passed ? "as expected" : "NOT AS EXPECTED"}`);
    },
    faultSkipped: ({ name }, reason) => screen.line(`\n${name} is left out: ${reason}.`),
    stackLost: (reason) => screen.line(`  The next fault gets a new stack. ${reason}`),
  };
}
