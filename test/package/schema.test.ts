import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { getPulumiComponents } from "@pulumi/pulumi/provider/experimental/provider";
import { before, describe, it } from "mocha";
import * as components from "../../components";
import { componentSchema, SCHEMA_FILE } from "../../packaging/schema";

interface Schema {
  name: string;
  version: string;
  resources: Record<string, { inputProperties: Record<string, { description?: string }> }>;
  types: Record<string, { properties?: Record<string, { description?: string }> }>;
}

describe("the schema of the component package", function () {
  this.timeout(300_000); // The analyzer reads the types of all of AWS.
  let text: string;
  let schema: Schema;
  before(async () => {
    text = await componentSchema();
    schema = JSON.parse(text);
  });

  it("is the committed one", () => {
    assert.equal(
      text,
      readFileSync(SCHEMA_FILE, "utf8"),
      "components/schema.json is not what the components say. What went out of it, or became required, breaks programs " +
        "of other teams: see docs/upgrading.md. When the change is wanted, run `npm run schema` and commit the file.",
    );
  });

  it("has every component under its own name", () => {
    const names = getPulumiComponents(components).map(({ name }) => `changeover:index:${name}`);
    assert.deepEqual(Object.keys(schema.resources).sort(), names.sort());
  });

  it("says what every arg means", () => {
    const undescribed = [
      ...Object.entries(schema.resources).map(([type, { inputProperties }]) => ({
        type,
        args: inputProperties,
      })),
      ...Object.entries(schema.types)
        .filter(([type]) => type.endsWith("Args"))
        .map(([type, { properties = {} }]) => ({ type, args: properties })),
    ].flatMap(({ type, args }) =>
      Object.entries(args)
        .filter(([, { description }]) => !description)
        .map(([arg]) => `${type}.${arg}`),
    );
    assert.deepEqual(undescribed, []);
  });
});
