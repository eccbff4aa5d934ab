import { bundleLambda } from "./bundle";

/** What travels in the package of the components: the handlers of the Lambdas. */
for (const name of ["migrate", "gate"] as const) {
  const { file, sha256 } = bundleLambda(name);
  process.stdout.write(`${file} ${sha256}\n`);
}
