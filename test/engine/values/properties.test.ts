import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { fromWire, toPlain, toWire } from "../../../engine/values/codec";
import {
  diffValues,
  matches,
  printable,
  sameValue,
  toPropertyChange,
} from "../../../engine/values/property-diff";
import { formatPath, parsePath, resetPath } from "../../../engine/values/property-path";
import { markSecrets } from "../../../engine/values/secrecy";
import {
  AssetValue,
  type Properties,
  ResourceReference,
  Secret,
  UNKNOWN,
  type Value,
} from "../../../engine/values/values";

const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })) as fc.Arbitrary<Properties>;

describe("property paths", () => {
  it("are read as they were written", () => {
    const part = fc.oneof(
      fc.nat(20),
      fc.string({ minLength: 1 }).filter((text) => !text.includes("\\") && text !== "*"),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (path) =>
        assert.deepEqual(parsePath(formatPath(path)), path),
      ),
    );
  });

  it("are written in Pulumi's notation", () => {
    assert.equal(formatPath(["rules", 0, "tags", "a.b", "c"]), 'rules[0].tags["a.b"].c');
    assert.throws(() => parsePath("a[b"), /A property path must .* got "a\[b"/);
  });

  it("match patterns with any key and index", () => {
    const [change] = diffValues({ rules: [{ port: 1 }] }, { rules: [{ port: 2 }] });
    assert.ok(change);
    for (const pattern of ["*", "rules", "rules[*].port", "rules[0]"])
      assert.ok(matches(change, [pattern]), pattern);
    for (const pattern of ["rule", "rules[1]", "rules[0].port.x"])
      assert.ok(!matches(change, [pattern]), pattern);
  });

  it("match properties inside of an added object", () => {
    const [change] = diffValues({}, { tags: { Name: "x" } });
    assert.ok(change && matches(change, ["tags.Name"]) && !matches(change, ["tags.Other"]));
  });

  it("reset nested values", () => {
    const source = { tags: { a: 1, b: 2 }, list: [{ x: 1 }], only: 1 };
    const target = { tags: { a: 9, b: 9, c: 9 }, list: [{ x: 9, y: 9 }] };
    const after = ["tags.a", "tags.c", "list[*].x", "only"].map(parsePath);
    const result = after.reduce<Value>((value, path) => resetPath(value, source, path), target);
    assert.deepEqual(result, { tags: { a: 1, b: 9 }, list: [{ x: 1, y: 9 }], only: 1 });
    assert.deepEqual(target.tags, { a: 9, b: 9, c: 9 }, "the input must not change");
  });
});

describe("difference of properties", () => {
  it("is empty for equal values only", () => {
    fc.assert(fc.property(json, (value) => assert.deepEqual(diffValues(value, structuredClone(value)), [])));
    fc.assert(
      fc.property(json, json, (a, b) => assert.equal(diffValues(a, b).length === 0, sameValue(a, b))),
    );
  });

  it("has the same size in both directions", () => {
    const count = (a: Properties, b: Properties) => diffValues(a, b).length;
    fc.assert(fc.property(json, json, (a, b) => assert.equal(count(a, b), count(b, a))));
  });

  it("treats null as absent, and ignores secrecy", () => {
    assert.deepEqual(diffValues({ a: null, s: "x" }, { s: new Secret("x") }), []);
  });

  it("shows neither the content nor the keys of a secret", () => {
    const [change] = diffValues({ s: new Secret({ user: "a" }) }, { s: new Secret({ user: "b" }) });
    assert.ok(change);
    const shown = toPropertyChange(change, false);
    assert.deepEqual([shown.path, shown.old, shown.new, shown.secret], ["s", "[secret]", "[secret]", true]);
    assert.equal(`${new Secret("x")} ${JSON.stringify({ x: new Secret("x") })}`, '[secret] {"x":"[secret]"}');
  });

  it("compares assets by content and references by URN and id", () => {
    const asset = (path: string, hash: string) => new AssetValue("asset", { path }, hash);
    assert.ok(sameValue(asset("/a", "1"), asset("/b", "1")));
    assert.ok(!sameValue(asset("/a", "1"), asset("/a", "2")));
    assert.ok(!sameValue(new ResourceReference("u", "1"), new ResourceReference("u", "2")));
    assert.equal(printable(asset("/a", "0123456789")), "asset(01234567)");
    assert.ok(sameValue(UNKNOWN, UNKNOWN) && !sameValue(UNKNOWN, "x"));
  });
});

describe("values on the wire", () => {
  it("are read as they were written", () => {
    const value: Properties = {
      secret: new Secret({ inner: [1, UNKNOWN] }),
      unknown: UNKNOWN,
      text: fromWire(
        { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", text: "x" },
        "/",
      ),
      reference: new ResourceReference("urn:x", "id"),
      component: new ResourceReference("urn:y"),
      nothing: null,
    };
    const back = fromWire(toWire(value), "/");
    assert.deepEqual(toWire(back), toWire(value));
    assert.ok(sameValue(back, value));
    const examples: [Properties][] = [[JSON.parse('{"of a key that objects have":{"__proto__":false}}')]];
    const comesBack = fc.property(json, (plain) =>
      assert.ok(sameValue(fromWire(toPlain(plain), "/"), plain)),
    );
    fc.assert(comesBack, { examples });
  });

  it("are plain for a provider: ids for references, content for secrets", () => {
    const plain = toPlain({
      a: new Secret("x"),
      b: new ResourceReference("urn", "id"),
      c: new ResourceReference("urn"),
    });
    assert.deepEqual(plain, { a: "x", b: "id", c: "urn" });
  });

  it("report an asset that does not exist", () => {
    const wire = {
      "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17",
      path: "no/such.zip",
    };
    assert.throws(() => fromWire(wire, "/nowhere"), /asset \/nowhere\/no\/such.zip does not exist/);
  });
});

describe("secrets in results of a provider", () => {
  it("are marked by path, and wherever the text of a secret occurs", () => {
    const inputs = {
      user: "app",
      password: new Secret("swordfish-7"),
      list: [{ token: new Secret("t") }, "plain"],
    };
    const marked = markSecrets(
      {
        user: "app",
        password: "swordfish-7",
        list: [{ token: "t" }, "plain"],
        url: ["x", "https://swordfish-7@host"],
      },
      inputs,
      ["user"],
    );
    assert.deepEqual(printable(marked), {
      user: "[secret]",
      password: "[secret]",
      list: [{ token: "[secret]" }, "plain"],
      url: ["x", "[secret]"],
    });
  });
});
