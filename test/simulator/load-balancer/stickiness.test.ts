import assert from "node:assert/strict";
import fc from "fast-check";
import { createStickySeal, stickyCookies, stickyTarget } from "../../../simulator/load-balancer/stickiness";

const BLUE = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/blue/1";
const targets = [
  { targetGroupArn: BLUE, weight: 0 },
  { targetGroupArn: "green", weight: 1 },
];

const asSent = (setCookies: readonly string[]) => setCookies.map((cookie) => cookie.split(";")[0]).join("; ");

describe("simulator: load balancer, stickiness cookie", () => {
  it("stickiness cookie: opens only with the key that sealed it", () => {
    const seal = createStickySeal();
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat({ max: 4e12 }), (targetGroupArn, expiresAt) => {
        const value = seal.seal({ targetGroupArn, expiresAt });
        assert.match(value, /^[\w-]+$/);
        assert.deepEqual(seal.open(value), { targetGroupArn, expiresAt });
        assert.equal(createStickySeal().open(value), undefined);
      }),
    );
  });

  it("stickiness cookie: a changed or invented value is ignored", () => {
    const seal = createStickySeal();
    const value = seal.seal({ targetGroupArn: BLUE, expiresAt: 1 });
    fc.assert(
      fc.property(fc.nat({ max: value.length - 2 }), fc.constantFrom(..."AZaz09-_"), (at, letter) => {
        fc.pre(value[at] !== letter);
        assert.equal(seal.open(value.slice(0, at) + letter + value.slice(at + 1)), undefined);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => seal.open(text) === undefined));
  });

  it("stickiness cookie: is encrypted", () => {
    const seal = createStickySeal();
    const [cookie = ""] = stickyCookies({ targetGroupArn: BLUE, expiresAt: Date.now() }, seal);
    const value = cookie.slice("AWSALBTG=".length, cookie.indexOf(";"));
    assert.ok(
      !value.includes("blue") && !Buffer.from(value, "base64url").toString("latin1").includes("blue"),
    );
  });

  it("stickiness cookie: a second one is for requests from other origins", () => {
    const cookies = stickyCookies({ targetGroupArn: BLUE, expiresAt: 0 }, createStickySeal());
    assert.match(cookies[0] ?? "", /^AWSALBTG=[\w-]+; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=\/$/);
    assert.match(cookies[1] ?? "", /^AWSALBTGCORS=.*; Path=\/; SameSite=None; Secure$/);
  });

  it("stickiness cookie: binds by either name until it expires", () => {
    const seal = createStickySeal();
    const cookies = stickyCookies({ targetGroupArn: BLUE, expiresAt: 1000 }, seal);
    for (const header of [asSent(cookies), `a=b; ${asSent(cookies.slice(1))}; c=d`]) {
      assert.equal(stickyTarget(header, targets, seal, 999)?.targetGroupArn, BLUE);
      assert.equal(stickyTarget(header, targets, seal, 1000), undefined);
    }
    assert.equal(stickyTarget(undefined, targets, seal, 0), undefined);
    assert.equal(stickyTarget("session=x", targets, seal, 0), undefined);
  });

  it("stickiness cookie: does not bind to a group that the action does not list", () => {
    const seal = createStickySeal();
    const header = asSent(stickyCookies({ targetGroupArn: "gone", expiresAt: 1000 }, seal));
    assert.equal(stickyTarget(header, targets, seal, 0), undefined);
  });
});
