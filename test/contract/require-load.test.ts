import assert from "node:assert/strict";
import { type ApplicationLoad, requireLoad } from "../../contract";

const good: ApplicationLoad = {
  journeys: {
    order: {
      weight: 2,
      thinkSeconds: [1, 3],
      steps: [
        { path: "/products", expect: { text: "Book" } },
        {
          path: "/orders",
          form: { note: "{random}" },
          expect: 303,
          remember: { order: { header: "location" } },
          readBack: { path: "{order}", expect: { text: "{random}" } },
        },
      ],
    },
    browse: {
      *steps() {
        yield { path: "/" };
      },
    },
  },
};

const issuesOf = (load: unknown): string[] => {
  try {
    requireLoad({ load: load as ApplicationLoad });
    return [];
  } catch (error) {
    return (error as Error).message.split("\n").slice(1);
  }
};

const withStep = (step: object) => ({ journeys: { buy: { steps: [step] } } });

describe("load of an application", () => {
  it("is plain data, a function, or both", () => {
    assert.equal(requireLoad({ load: good }), good);
  });

  it("is rejected with all issues at once, each with its key", () => {
    const load = {
      sessionCookie: "sid",
      journeys: {
        buy: { weight: 0, thinkSeconds: [3, 1], steps: [{ path: 7, method: "FETCH", expect: "200" }] },
        look: { steps: [] },
      },
      answers: { version: "x-version" },
      socket: { path: "/live", intervalMs: 0 },
    };
    assert.deepEqual(issuesOf(load), [
      "load.journeys.buy.weight must be a number above 0, got 0.",
      "load.journeys.buy.thinkSeconds must be seconds from 0 to 3600, or a range [min, max] of them, got [3,1].",
      'load.journeys.buy.steps.0.method must be GET, HEAD, POST, PUT, PATCH, DELETE, got "FETCH".',
      "load.journeys.buy.steps.0.path must be a path that begins with /, or a remembered value in braces, got 7.",
      'load.journeys.buy.steps.0.expect must be an HTTP status, got "200".',
      "load.journeys.look.steps must be a list of requests, or a generator function, got [].",
      "load.socket.intervalMs must be 1 or more, got 0.",
      "load.socket.message must be a function, got nothing.",
      "load.socket.read must be a function, got nothing.",
      'load.answers.version must be { json: "path.of.a.value" }, { header: "name" } or ' +
        '{ text: /a pattern with a group/ }, got "x-version".',
      "load.sessionCookie is not a known key.",
    ]);
    assert.deepEqual(issuesOf({}), ["load.journeys must be journeys by name, one or more, got nothing."]);
  });

  it("is rejected for a request with two bodies, and for a value that no earlier answer gives", () => {
    assert.match(
      issuesOf(withStep({ path: "/", json: {}, form: {} }))[0] ?? "",
      /at most one of json, form and body/,
    );
    assert.match(
      issuesOf(withStep({ path: "/orders/{order}", remember: { order: { json: "id" } } }))[0] ?? "",
      /^load\.journeys\.buy\.steps\.0 must use only values that earlier answers gave, got \{order\}\./,
    );
    const login = [{ path: "/login", json: { user: "{user}" }, remember: { token: { json: "token" } } }];
    const session = { login, headers: { authorization: "Bearer {token}" } };
    assert.deepEqual(issuesOf({ ...withStep({ path: "/{token}" }), session }), []);
  });

  it("is rejected for an upload whose content is not compared", () => {
    const upload = { path: "/files", expect: 201 };
    assert.match(
      issuesOf({ ...good, upload })[0] ?? "",
      /^load\.upload must compare \{sha256\} or \{bytes\}/,
    );
    const readBack = { path: "/files/1", expect: { sha256: "{sha256}" } };
    assert.deepEqual(issuesOf({ ...good, upload: { ...upload, readBack } }), []);
  });
});
