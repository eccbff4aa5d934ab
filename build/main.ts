import { bundleLambda } from "./bundle";

for (const name of ["migrate", "gate"] as const) {
  const { file, sha256 } = bundleLambda(name);
  process.stdout.write(`${file} ${sha256}\n`);
}
