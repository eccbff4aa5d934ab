import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleLambda, lambdaNames } from "../../build/bundle";
import { evaluate } from "../../engine/program/evaluate";
import { newFolder, ROOT } from "./consumer";
import { type ExampleResource, firstExamples, programOf, readPython, readYaml } from "./example-languages";

const schema = JSON.parse(readFileSync(join(ROOT, "components", "schema.json"), "utf8"));

/** Keys of a component's args that its schema does not have, or that it requires and the example does not have. */
function wrongKeys({ type, args }: ExampleResource): string[] {
  if (type === "RandomPassword") return [];
  const { inputProperties, requiredInputs = [] } = schema.resources[`changeover:index:${type}`];
  return [
    ...Object.keys(args).filter((key) => !(key in inputProperties)),
    ...requiredInputs.filter((key: string) => !(key in args)),
  ];
}

describe("package: the README's first example in three languages", function () {
  this.timeout(120_000);
  const folder = newFolder();
  const examples = firstExamples();

  before(() => {
    for (const name of lambdaNames()) bundleLambda(name);
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The resources of a program, as the engine would get them. */
  async function declared(name: string, text: string) {
    const programDirectory = join(folder, name);
    mkdirSync(programDirectory);
    const source = text.replace('"changeover"', JSON.stringify(join(ROOT, "components")));
    writeFileSync(join(programDirectory, "index.ts"), source);
    writeFileSync(join(programDirectory, "Pulumi.yaml"), "name: shop\nruntime: nodejs\nmain: index.ts\n");
    const { resources } = await evaluate({ programDirectory, stack: "dev" });
    return resources
      .map(({ type, name: own, inputs }) => [
        type,
        own,
        JSON.stringify(inputs).replaceAll(programDirectory, ""),
      ])
      .sort();
  }

  it("example: YAML and Python have the args of the schema", () => {
    for (const resources of [readYaml(examples.yaml), readPython(examples.python) ?? []]) {
      for (const resource of resources) assert.deepEqual(wrongKeys(resource), [], resource.variable);
    }
  });

  it("example: YAML and Python declare what TypeScript declares", async function () {
    const expected = await declared("typescript", examples.ts);
    assert.ok(expected.some(([type]) => type === "changeover:index:BlueGreenService"));
    assert.deepEqual(await declared("yaml", programOf(readYaml(examples.yaml))), expected);
    const python = readPython(examples.python);
    if (python === undefined) this.skip();
    assert.deepEqual(await declared("python", programOf(python)), expected);
  });
});
