import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { bundleLambda, lambdaNames } from "../../build/bundle";

const root = join(__dirname, "..", "..");

describe("bundles of the Lambdas", function () {
  this.timeout(60_000);

  it("export their handlers", () => {
    for (const name of lambdaNames()) {
      const { file } = bundleLambda(name);
      assert.equal(file, join(root, "components", "bundles", name, "index.js"));
      const program = "console.log(typeof require(process.argv[1]).handler)";
      const kind = execFileSync(process.execPath, ["--eval", program, file], { encoding: "utf8" });
      assert.equal(kind.trim(), "function");
    }
  });
});
