import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Graph } from "../../../engine/program/graph";
import { notesOn } from "../../../preview/report/notes";
import type { ResourceView } from "../../../preview/report/resource-view";

describe("preview notes:", () => {
  const TOKEN = "kubernetes:helm:template";
  const querying = (...versions: string[]): Graph => ({
    ...{ project: "p", stack: "dev", outputs: {}, messages: [] },
    resources: [
      {
        ...{
          urn: "urn:x",
          type: "pulumi:pulumi:Stack",
          name: "p-dev",
          custom: false,
          remote: false,
          inputs: {},
        },
        ...{ dependencies: [], propertyDependencies: {}, read: false },
        options: { ignoreChanges: [], replaceOnChanges: [], additionalSecretOutputs: [], aliases: [] },
      } as unknown as Graph["resources"][number],
    ],
    placeholders: versions.map((version) => ({ token: TOKEN, args: { version } })),
  });
  const changedQueries = (base: Graph, head: Graph) => {
    const { complete, notes } = notesOn({ base, head }, []);
    return { complete, changed: notes.filter((note) => /queries change/.test(note)) };
  };

  it("names a data source query that changes, because resources made from its result are not visible", () => {
    assert.deepEqual(changedQueries(querying("1"), querying("1")), { complete: true, changed: [] });
    const { complete, changed } = changedQueries(querying("1", "3"), querying("2", "3"));
    assert.equal(complete, false);
    assert.match(changed[0] ?? "", /: no longer template\(version=1\) and now template\(version=2\)\.$/);
    assert.equal(changedQueries(querying("1"), querying()).complete, false);
    const nothing = { ...querying(), resources: [] };
    assert.deepEqual(changedQueries(nothing, querying("1")), { complete: true, changed: [] });
  });

  it("names texts with a missing value, and no text that means the word", () => {
    const view = (value: unknown): ResourceView => ({
      ...{ op: "create", urn: "urn:y", type: "a:b:C", name: "table", protect: false, mayReplace: false },
      replaceReasons: [],
      changes: [{ path: "place", kind: "add", new: value, secret: false, forcesReplacement: false }],
    });
    const missing = (value: unknown) => notesOn({ base: querying(), head: querying() }, [view(value)]).notes;
    for (const value of ["s3://undefined/facts", "undefined", "undefined*/*", "arn:[object Object]", "NaN"])
      assert.match(missing(value).join(), /^A value is missing in table\.place: /, value);
    const meant = ["of an undefined size", "not_undefined", "x === undefined\n", 7, undefined, "NaNcy"];
    for (const value of meant) assert.deepEqual(missing(value), [], String(value));
  });
});
