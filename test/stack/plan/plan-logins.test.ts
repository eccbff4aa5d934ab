import assert from "node:assert/strict";
import { planUpdate } from "./support";

describe("plan of the logins", () => {
  const logins = (...update: Parameters<typeof planUpdate>) => planUpdate(...update).logins;

  it("logins: on a new stack each color has its own, and the shared one is not used", () => {
    assert.deepEqual(logins({}, null), {
      kinds: { blue: "own", green: "own" },
      used: ["blue", "green"],
      retired: ["shared"],
    });
  });

  it("logins: colors that a former version of the program deployed keep the shared one", () => {
    assert.deepEqual(logins({}), {
      kinds: { blue: "shared", green: "shared" },
      used: ["shared"],
      retired: ["blue", "green"],
    });
  });

  it("logins: the next deployment of a color gives it its own, and the other color keeps the shared one", () => {
    const deployed = logins({ versions: { blue: "1.0.0", green: "1.2.0" } });
    assert.deepEqual(deployed.kinds, { blue: "shared", green: "own" });
    assert.deepEqual(deployed.used, ["green", "shared"]);
    // A build number makes another deployment.
    assert.equal(logins({ versions: { blue: "1.0.0", green: "1.1.0+2" } }).kinds.green, "own");
  });

  it("logins: a color keeps its own while its version is unchanged", () => {
    const last = { logins: { blue: "shared", green: "own" } } as const;
    assert.deepEqual(planUpdate({}, last).release.logins, last.logins);
    const flipped = planUpdate({ live: "green" }, last);
    assert.deepEqual(flipped.release.logins, last.logins);
  });

  it("logins: a retired color's is not used, and the shared one neither when no color with instances needs it", () => {
    const last = { live: "green", weights: { blue: 0, green: 100 } } as const;
    const retired = { live: "green", idle: "off" } as const;
    assert.deepEqual(logins(retired, { ...last, logins: { blue: "shared", green: "own" } }), {
      kinds: { blue: "shared", green: "own" },
      used: ["green"],
      retired: ["blue", "shared"],
    });
    // Both colors used the shared login, so only the names of sessions distinguish the colors.
    assert.deepEqual(logins(retired, last).used, ["shared"]);
  });

  it("logins: an applied contract step keeps the roles that it ended", () => {
    const last = {
      live: "green",
      weights: { blue: 0, green: 100 },
      logins: { blue: "own", green: "own" },
    } as const;
    const wanted = { live: "green", idle: "off", contractThrough: "0002_change" } as const;
    const { contracted } = planUpdate(wanted, last).release;
    assert.deepEqual(contracted?.retiredLogins, ["blue", "shared"]);
    const again = planUpdate(
      { ...wanted, idle: "warm", versions: { blue: "1.2.0", green: "1.1.0" } },
      { ...last, contracted },
    );
    assert.deepEqual(again.migrations.contract?.retiredLogins, ["blue", "shared"]);
    assert.deepEqual(again.logins.used, ["blue", "green"]);
  });
});
