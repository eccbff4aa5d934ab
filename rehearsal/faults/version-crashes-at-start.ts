import type { RehearsedRule } from "../scenario/rule-weights";
import type { LiveColor } from "../scenario/steps";
import { deploy } from "../scenario/steps";
import type { Fault } from "./stage/fault";
import { allTo, describeTraffic, firstLine, messageProblems, trafficProblems } from "./stage/rule-problems";

interface FailedDeployment {
  readonly live: LiveColor;
  readonly message: string;
  readonly rule: RehearsedRule;
}

export const versionCrashesAtStart: Fault<FailedDeployment> = {
  name: "version-crashes-at-start",
  summary: "The services of a new version exit as soon as they start.",
  tolerates: "Nothing: the version receives no traffic.",
  tolerated: {},
  expected:
    "The deployment fails, because no instance becomes healthy, and the live color keeps all traffic.",
  noticedBy: ["update"],
  recoversWithinSeconds: 150,
  onAws: "The update waits 10 minutes for healthy instances there, here a tenth of it.",
  stack: "scaled",
  needs: ["Node.js"],
  inject: async (stage) => {
    const { live, stack } = stage;
    const version = stack.anotherBuild("crash");
    stack.services.set({ kind: "crash", version });
    stage.begin();
    const message = await stage.failing(stage.step((current) => deploy(current, version)));
    return { live, message, rule: await stage.rule() };
  },
  actual: ({ rule, message }) => `Traffic is ${describeTraffic(rule)}. ${firstLine(message)}`,
  problems: ({ live, message, rule }) => [
    ...trafficProblems(rule, allTo(live)),
    ...messageProblems(message, /healthy instance|capacity/i),
  ],
};
