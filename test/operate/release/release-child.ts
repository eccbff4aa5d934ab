import { type ReleaseTools, runRelease } from "../../../operate/release/run-release";
import { remoteStack } from "./remote-stack";

/** A release in a process of its own, which can be killed. Arguments: URL of the stack, and the goal as JSON. */
const [url = "", goal = ""] = process.argv.slice(2);

const tools: ReleaseTools = {
  ...remoteStack(url),
  project: "changeover",
  stack: "dev",
  env: {},
  confirm: async () => true,
  report: ({ type, message }) => console.log(`${type}: ${message}`),
  lockWaitMs: 120_000,
  pollMs: 20,
  signal: new AbortController().signal,
};

runRelease(JSON.parse(goal), { actor: "tester" }, tools).then(
  (outcome) => {
    console.log(JSON.stringify(outcome));
    process.exit(outcome.status === "released" ? 0 : 1);
  },
  (error: Error) => {
    console.error(error.stack);
    process.exit(2);
  },
);
