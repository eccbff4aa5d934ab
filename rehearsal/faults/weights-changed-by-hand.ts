import type { RehearsedRule } from "../scenario/rule-weights";
import { setRuleWeights } from "../scenario/rule-weights";
import type { Fault } from "./stage/fault";
import { describeTraffic, firstLine, messageProblems, trafficProblems } from "./stage/rule-problems";

const HALF = { blue: 50, green: 50 };

interface ShiftByHand {
  readonly message: string;
  readonly rejected: RehearsedRule;
  readonly adopted: RehearsedRule;
}

export const weightsChangedByHand: Fault<ShiftByHand> = {
  name: "weights-changed-by-hand",
  summary: "An engineer shifts half of the traffic in the console of AWS, and then an unrelated update runs.",
  tolerates: "Nothing.",
  tolerated: {},
  expected:
    "The update is rejected and leaves the traffic as it is; one whose config agrees with the traffic adopts it.",
  noticedBy: ["update"],
  recoversWithinSeconds: 60,
  onAws: "As on AWS.",
  stack: "real time",
  inject: async (stage) => {
    stage.begin();
    await setRuleWeights(stage.simulator, stage.control, HALF);
    const message = await stage.failing(stage.stack.update({ reason: "an unrelated change" }));
    const rejected = await stage.rule();
    await stage.step(() => ({
      kind: "canary",
      title: "Adopt the traffic",
      config: { canaryPercent: "50", reason: "" },
    }));
    await stage.sleep(1_000);
    return { message, rejected, adopted: await stage.rule() };
  },
  actual: ({ message, adopted }) =>
    `The update was rejected: ${firstLine(message)} Traffic is ${describeTraffic(adopted)}.`,
  problems: ({ message, rejected, adopted }) => [
    ...trafficProblems(rejected, HALF),
    ...trafficProblems(adopted, HALF),
    ...messageProblems(message, "canaryPercent"),
  ],
};
