import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import { bundleLambda, lambdaNames } from "../../../build/bundle";
import type { ResourceState } from "../../../engine/state/stack-state";
import { parseUrn, typeOfUrn } from "../../../engine/state/urn";
import type { Properties } from "../../../engine/values/values";
import { outputsOf, PaperCloud } from "../../support/paper-cloud";
import { changesOf, PaperStack } from "../../support/stack";

const directory = join(__dirname, "fixtures/upgraded-0.2.0");

interface RecordedResource {
  readonly urn: string;
  readonly custom: boolean;
  readonly parent?: string;
  readonly protect?: boolean;
  readonly inputs: Properties;
}

/** The rest of a resource's state, which the paper cloud derives from its inputs. */
function stateOf({ urn, custom, parent, protect, inputs }: RecordedResource): ResourceState {
  const type = typeOfUrn(urn);
  const { name } = parseUrn(urn);
  const common = { urn, type, custom, parent, inputs, protect, dependencies: [], propertyDependencies: {} };
  if (!custom) return { ...common, outputs: {} };
  const outputs = { ...inputs, ...outputsOf(type, name, inputs) } as Properties;
  return { ...common, id: PaperCloud.idOf(type, name), outputs };
}

describe("upgrade: a program of version 0.2.0", () => {
  const recorded: RecordedResource[] = JSON.parse(readFileSync(join(directory, "state-0.2.0.json"), "utf8"));
  const stack = new PaperStack({ directory, project: "upgraded-0.2.0" });
  let changes: string[];
  before(async function () {
    this.timeout(120_000);
    assert.ok(recorded.length > 100);
    for (const name of lambdaNames()) bundleLambda(name);
    await stack.remember({}, recorded.map(stateOf));
    changes = changesOf(await stack.up({})).filter((change) => !change.includes("pulumi:pulumi:Stack"));
  });

  it("upgrade from 0.2.0: replaces, creates and deletes nothing", () => {
    assert.deepEqual(
      changes.filter((change) => !change.startsWith("update ")),
      [],
    );
  });

  it("upgrade from 0.2.0: changes only the code of the functions on AWS", () => {
    assert.deepEqual(
      changes.filter((change) => !change.includes(" changeover:index:")),
      ["update lambda/function:Function shop-gate", "update lambda/function:Function shop-migrate"],
    );
  });

  it("back to 0.2.0: every resource has the name that 0.2.0 looks for", () => {
    const urns = stack.state.all().map(({ urn }) => urn);
    assert.deepEqual(urns.sort(), recorded.map(({ urn }) => urn).sort());
  });
});
