import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { before, describe, it } from "mocha";
import type { BlueGreenFleetOptions } from "../../components";
import { checkFleetOptions } from "../../components/fleet/validate-fleet";
import { InvalidArgumentError } from "../../components/validation/invalid-argument";

/** All that Pulumi's own may be called. */
const OF_PULUMI: Readonly<Record<keyof pulumi.ComponentResourceOptions, true>> = {
  ...{ id: true, parent: true, dependsOn: true, protect: true, ignoreChanges: true, replaceOnChanges: true },
  ...{ replacementTrigger: true, version: true, aliases: true, provider: true, customTimeouts: true },
  ...{ transformations: true, transforms: true, urn: true, pluginDownloadURL: true, retainOnDelete: true },
  ...{ deletedWith: true, replaceWith: true, hooks: true, hideDiffs: true, envVarMappings: true },
  providers: true,
};

function sentence(opts: object): string {
  try {
    checkFleetOptions("web", opts as BlueGreenFleetOptions);
    return "accepted";
  } catch (error) {
    assert.ok(error instanceof InvalidArgumentError, String(error));
    return error.message;
  }
}

describe("what a fleet's servers wait for", () => {
  let resource: pulumi.Resource;
  before(async () => {
    await pulumi.runtime.setMocks({
      newResource: ({ inputs }) => ({ id: "", state: inputs }),
      call: () => ({}),
    });
    resource = new pulumi.ComponentResource("test:index:Awaited", "awaited");
  });

  it("is said by an option that is not misspelt", () => {
    assert.equal(
      sentence({ capacityDependOn: { blue: [resource] } }),
      'BlueGreenFleet "web": option capacityDependOn: got an option that is not known (did you mean ' +
        "capacityDependsOn?); allowed is capacityDependsOn, or an option of Pulumi's.",
    );
    for (const option of ["capacityDependson", "capacitydependsOn", "capacityDependOns"])
      assert.match(sentence({ [option]: {} }), /did you mean capacityDependsOn\?/);
    assert.equal(sentence({ ...OF_PULUMI, ofALaterVersion: true }), "accepted");
  });

  it("is told for blue or green", () => {
    assert.equal(
      sentence({ capacityDependsOn: { blu: [resource] } }),
      'BlueGreenFleet "web": option capacityDependsOn.blu: got a key that is not known (did you mean blue?); ' +
        "allowed is one of blue, green.",
    );
    for (const neither of [[resource], "blue", Promise.resolve({ blue: [resource] })])
      assert.equal(
        sentence({ capacityDependsOn: neither }),
        'BlueGreenFleet "web": option capacityDependsOn: got something that names no color; allowed is an object ' +
          "with blue, green or both. Say which color waits for what.",
      );
  });

  it("is resources, in all the ways that Pulumi takes them", () => {
    for (const taken of [
      ...[resource, [resource], [[resource], undefined], [], undefined, null],
      ...[Promise.resolve([resource]), pulumi.output([resource.urn]), [Promise.resolve(resource)]],
    ])
      assert.equal(sentence({ capacityDependsOn: { blue: taken } }), "accepted", String(taken));
    assert.equal(sentence({ capacityDependsOn: null }), "accepted");
    assert.equal(sentence({ capacityDependsOn: pulumi.output({ blue: [] }) }), "accepted");
    for (const other of ["expand", ["expand"], [resource, 1], true, {}])
      assert.equal(
        sentence({ capacityDependsOn: { green: other } }),
        'BlueGreenFleet "web": option capacityDependsOn.green: got something that is no resource; allowed is a ' +
          "resource, or a list of resources.",
      );
  });
});
