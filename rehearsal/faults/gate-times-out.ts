import type { RehearsedRule } from "../scenario/rule-weights";
import type { LiveColor } from "../scenario/steps";
import type { Fault } from "./stage/fault";
import { allTo, describeTraffic, firstLine, messageProblems, trafficProblems } from "./stage/rule-problems";

const GATE_FUNCTION = /-gate-/;

interface GateTimeout {
  readonly live: LiveColor;
  readonly message: string;
  readonly rule: RehearsedRule;
  /** The rule after another flip, with a gate that works. */
  readonly repaired: RehearsedRule;
}

export const gateTimesOut: Fault<GateTimeout> = {
  name: "gate-times-out",
  summary: "The function of the health gate hangs until Lambda ends it.",
  tolerates: "Nothing: no traffic is shifted.",
  tolerated: {},
  expected: "The update fails and shifts no traffic; the next one flips when the function works again.",
  noticedBy: ["update"],
  recoversWithinSeconds: 150,
  onAws: "Lambda ends the function after 15 minutes there, here after 5 s.",
  stack: "real time",
  inject: async (stage) => {
    const { live, idle, simulator } = stage;
    const functions = simulator.functionNames().filter((name) => GATE_FUNCTION.test(name));
    const setFault = (fault: "times out" | undefined) => {
      for (const name of functions) simulator.setFunctionFault(name, fault);
    };
    if (functions.length === 0)
      throw new Error("The stack must have a function of the health gate, got none.");
    setFault("times out");
    stage.begin();
    const message = await stage.failing(stage.flip());
    const rule = await stage.rule();
    setFault(undefined);
    await stage.flip();
    await stage.until(`${idle} is live`, () => stage.live === idle, 1_000);
    return { live, message, rule, repaired: await stage.rule() };
  },
  actual: ({ rule, repaired, message }) =>
    `Traffic stayed ${describeTraffic(rule)}, and was ${describeTraffic(repaired)} after the next update. ${firstLine(message)}`,
  problems: ({ live, message, rule, repaired }) => [
    ...trafficProblems(rule, allTo(live)),
    ...trafficProblems(repaired, allTo(live === "blue" ? "green" : "blue")),
    ...messageProblems(message, /timed out/i),
  ],
};
