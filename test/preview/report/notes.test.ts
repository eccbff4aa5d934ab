import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Graph } from "../../../engine/program/graph";
import { notesOn } from "../../../preview/report/notes";
import type { ResourceView } from "../../../preview/report/report";

describe("what a preview says that it cannot know", () => {
  const TOKEN = "kubernetes:helm:template";
  const asking = (...versions: string[]): Graph => ({
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
  const said = (base: Graph, head: Graph) => {
    const { complete, notes } = notesOn({ base, head }, []);
    return { complete, changed: notes.filter((note) => /asked changes/.test(note)) };
  };

  it("is what comes of a question that changes: nothing may depend on it but what is made of the answer", () => {
    assert.deepEqual(said(asking("1"), asking("1")), { complete: true, changed: [] });
    const { complete, changed } = said(asking("1", "3"), asking("2", "3"));
    assert.equal(complete, false);
    assert.match(changed[0] ?? "", /: no longer template\(version=1\) and now template\(version=2\)\.$/);
    assert.equal(said(asking("1"), asking()).complete, false);
    const nothing = { ...asking(), resources: [] };
    assert.deepEqual(said(nothing, asking("1")), { complete: true, changed: [] });
  });

  it("is what a value was that is missing from a text", () => {
    const view = (value: unknown): ResourceView => ({
      ...{ op: "create", urn: "urn:y", type: "a:b:C", name: "table", protect: false, mayReplace: false },
      replaceReasons: [],
      changes: [{ path: "place", kind: "add", new: value, secret: false, forcesReplacement: false }],
    });
    const missing = (value: unknown) => notesOn({ base: asking(), head: asking() }, [view(value)]).notes;
    for (const value of ["s3://undefined/facts", "undefined", "undefined*/*", "arn:[object Object]", "NaN"])
      assert.match(missing(value).join(), /^A value is missing from the text of table\.place: /, value);
    const meant = ["of an undefined size", "not_undefined", "x === undefined\n", 7, undefined, "NaNcy"];
    for (const value of meant) assert.deepEqual(missing(value), [], String(value));
  });
});
