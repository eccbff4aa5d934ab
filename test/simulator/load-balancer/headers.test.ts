import assert from "node:assert/strict";
import { redirectLocation } from "../../../simulator/load-balancer/fixed-responses";
import { requestHeaders, responseHeaders, traceId } from "../../../simulator/load-balancer/headers";

const plain = { clientAddress: "192.0.2.7", listenerPort: 8080, protocol: "http" as const, chunked: false };
const ID = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/;

describe("simulator: load balancer, headers", () => {
  it("headers: hop-by-hop headers and those named in Connection are removed", () => {
    const raw = [
      "Host",
      "h",
      "Connection",
      "keep-alive, X-Hop, Host",
      "X-Hop",
      "1",
      "TE",
      "x",
      "Accept",
      "*/*",
    ];
    const headers = requestHeaders(raw, plain);
    assert.deepEqual(headers.slice(0, 4), ["Host", "h", "Accept", "*/*"]);
    assert.ok(!headers.includes("X-Hop") && !headers.includes("Connection") && !headers.includes("TE"));
  });

  it("headers: X-Forwarded headers replace the client's port and protocol", () => {
    const raw = ["X-Forwarded-For", "10.0.0.1", "X-Forwarded-Proto", "https", "X-Forwarded-Port", "1"];
    const headers = requestHeaders(raw, { ...plain, forwardedFor: "10.0.0.1" });
    assert.deepEqual(headers.slice(0, 6), [
      "X-Forwarded-For",
      "10.0.0.1, 192.0.2.7",
      "X-Forwarded-Proto",
      "http",
      "X-Forwarded-Port",
      "8080",
    ]);
  });

  it("headers: repeated response headers keep their order", () => {
    const raw = ["Set-Cookie", "a=1", "set-cookie", "b=2", "Keep-Alive", "timeout=5"];
    assert.deepEqual(responseHeaders(raw, ["c=3"], true), [
      "Set-Cookie",
      "a=1",
      "set-cookie",
      "b=2",
      "Set-Cookie",
      "c=3",
      "Connection",
      "keep-alive",
    ]);
  });

  it("headers: the trace id gets a root, or a self beside a received root", () => {
    assert.match(traceId(), /^Root=/);
    assert.match(traceId().slice("Root=".length), ID);
    const [self = "", ...rest] = traceId("Self=1-old;Root=1-a-b;CalledFrom=app").split(";");
    assert.match(self.slice("Self=".length), ID);
    assert.deepEqual(rest, ["Root=1-a-b", "CalledFrom=app"]);
  });
});

describe("simulator: load balancer, redirect location", () => {
  it("redirect location: fills in the parts of the request", () => {
    const https = "https://#{host}:443/#{path}?#{query}";
    assert.equal(
      redirectLocation(https, "a.example:80", "/x/y?q=1?2", 80),
      "https://a.example:443/x/y?q=1?2",
    );
    assert.equal(redirectLocation(https, "a.example", "/", 80), "https://a.example:443/");
    assert.equal(redirectLocation("#{protocol}://#{host}:#{port}/new", "a", "/x", 81), "http://a:81/new");
  });
});
