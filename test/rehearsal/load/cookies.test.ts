import assert from "node:assert/strict";
import { CookieJar } from "../../../rehearsal/load/cookies";

describe("load: cookies of a user", () => {
  it("are sent back by name and value alone", () => {
    const jar = new CookieJar();
    assert.equal(jar.header(), undefined);
    jar.store(["session=abc=; HttpOnly; SameSite=Lax", "AWSALBTG=x; Path=/"]);
    assert.equal(jar.header(), "session=abc=; AWSALBTG=x");
  });

  it("are replaced, and end when the server says so", () => {
    const jar = new CookieJar();
    const now = Date.parse("2026-01-01T00:00:00Z");
    jar.store(["session=old", "AWSALBTG=x; Max-Age=60; Expires=Thu, 01 Jan 2099 00:00:00 GMT"], now);
    jar.store(["session=new; Expires=Thu, 01 Jan 2026 01:00:00 GMT"], now);
    assert.equal(jar.header(now + 59_000), "session=new; AWSALBTG=x");
    assert.equal(jar.header(now + 61_000), "session=new");
    assert.equal(jar.header(now + 3_601_000), undefined);
    jar.store(["session=; Max-Age=0"], now);
    assert.equal(jar.header(now), "AWSALBTG=x");
  });

  it("are deleted with the session, except those of the load balancer", () => {
    const jar = new CookieJar();
    jar.store(["session=abc", "AWSALBTG=x", "theme=dark"]);
    jar.clear(/^AWSALB/);
    assert.equal(jar.header(), "AWSALBTG=x");
  });

  it("that are malformed are ignored", () => {
    const jar = new CookieJar();
    jar.store(["", "novalue", "=x", undefined as unknown as string].filter((line) => line !== undefined));
    jar.store(undefined);
    assert.equal(jar.header(), undefined);
  });
});
