import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

export function forkSource(file: string, ...args: readonly string[]): ChildProcess {
  return fork(join(__dirname, file), args, {
    execArgv: ["--require", require.resolve("../build/start/register")],
  });
}
