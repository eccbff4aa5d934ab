import assert from "node:assert/strict";
import { retireRoles } from "../../../migrations/runner/retire-roles";
import { contract, expand, failure, scriptsOf, useFixture } from "./migrate-fixture";

const scripts = scriptsOf({
  "0001_base.expand": expand("CREATE TABLE items (id int, former int);"),
  "0002_drop.contract": contract("ALTER TABLE items DROP COLUMN former;"),
  "0003_more.expand": expand("CREATE TABLE more (id int);", "1.2.0"),
  "0004_end.contract": contract("ALTER TABLE items DROP COLUMN id;", "1.3.0"),
});

const NOT_PERMITTED = /is not permitted to log in/;
const WRONG_PASSWORD = /password authentication failed/;

describe("logins of the colors", function () {
  this.timeout(60_000);
  const fixture = useFixture();

  // Roles belong to all databases of a server.
  const role = (name: string, password = `the password of ${name}`) => ({
    username: `${name}_${fixture.database}`,
    password,
  });
  const logIn = ({ username: user, password }: ReturnType<typeof role>, applicationName?: string) =>
    fixture.open({ user, password, applicationName });
  const write = "INSERT INTO items VALUES (1, 2)";

  it("logins: each color reads and writes rows and cannot change the schema; the role of the rights cannot log in", async () => {
    const [appRole, blue, green] = [role("app"), role("blue"), role("green")];
    await fixture.run(scripts, { appRole, logins: [blue, green] });
    for (const login of [blue, green]) {
      const session = await logIn(login);
      await session.query(write);
      assert.match(await failure(session.query("ALTER TABLE items ADD COLUMN x int")), /must be owner/);
      assert.match(await failure(session.query("CREATE TABLE theirs (id int)")), /permission denied/);
    }
    const [rights] = await fixture.query<{ login: boolean }>(
      `SELECT rolcanlogin AS login FROM pg_roles WHERE rolname = '${appRole.username}'`,
    );
    assert.equal(rights?.login, false);
    // The role must have access to tables of later scripts, too.
    await fixture.run(scripts, { appRole, logins: [green], versions: ["1.2.0"] });
    await (await logIn(blue)).query("INSERT INTO more VALUES (1)");
  });

  it("logins: a color can use three quarters of the connections, so that a leak leaves some to the other color", async () => {
    const [appRole, blue, green] = [role("app"), role("blue"), role("green")];
    await fixture.run(scripts, { appRole, logins: [blue, green] });
    const [found] = await fixture.query<{ limits: number[]; connections: number }>(
      `SELECT array_agg(rolconnlimit) AS limits,
              current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS connections
         FROM pg_roles WHERE rolname IN ('${blue.username}', '${green.username}')`,
    );
    const limit = Math.floor((found?.connections ?? 0) * 0.75);
    assert.ok(limit > 0);
    assert.deepEqual(found?.limits, [limit, limit]);
  });

  it("logins: a replaced password is set for its color only, and ends no session", async () => {
    const [appRole, blue, green] = [role("app"), role("blue"), role("green")];
    await fixture.run(scripts, { appRole, logins: [blue, green] });
    const open = await logIn(green);
    const replaced = { ...green, password: "another password" };
    await fixture.run(scripts, { appRole, logins: [blue, replaced] });
    await open.query(write);
    await (await logIn(replaced)).query(write);
    assert.match(await failure(logIn(green)), WRONG_PASSWORD);
    await (await logIn(blue)).query(write);
  });

  it("logins: the one login of a former stack works until no color uses it, and the colors keep its rights", async () => {
    const [shared, green] = [role("app"), role("green")];
    await fixture.run(scripts, { appRole: shared });
    const running = await logIn(shared, "changeover:blue:1.0.0");
    // The next deployment of green has its own login; blue keeps the shared one.
    await fixture.run(scripts, { appRole: shared, logins: [shared, green] });
    await running.query(write);
    await (await logIn(shared, "changeover:blue:1.0.0")).query(write);
    // Only green is left. An expand leaves the shared login alone, because blue's instances may still run.
    await fixture.run(scripts, { appRole: shared, logins: [green] });
    await (await logIn(shared, "changeover:blue:1.0.0")).query(write);
    const { ended } = await retireRoles(fixture.connection, [shared.username, role("blue").username]);
    assert.deepEqual(ended, [shared.username]);
    assert.match(await failure(logIn(shared)), NOT_PERMITTED);
    await (await logIn(green)).query(write);
    // A rollback to blue before its next deployment.
    await fixture.run(scripts, { appRole: shared, logins: [shared, green] });
    await (await logIn(shared)).query(write);
  });

  it("logins: contract ends those of the retired color before its scripts run, and waits for its sessions", async () => {
    const [appRole, blue, green] = [role("app"), role("blue"), role("green")];
    await fixture.run(scripts, { appRole, logins: [blue, green] });
    const retiredRoles = [blue.username, "changeover_never_created"];
    // The connection claims a version that does not need the column.
    const left = await logIn(blue, "changeover:green:1.1.0");
    const message = await failure(fixture.contract(scripts, "0002_drop", { appRole, retiredRoles }));
    assert.match(message, /1 connections of retired colors.*changeover:green:1\.1\.0, user blue_/);
    assert.match(await failure(logIn(blue)), NOT_PERMITTED);
    assert.deepEqual(await fixture.columns("items"), ["id", "former"]);
    await left.end();
    await (await logIn(green, "changeover:green:1.1.0")).query(write);
    const { applied } = await fixture.contract(scripts, "0002_drop", { appRole, retiredRoles });
    assert.deepEqual(applied, ["0002_drop"]);
  });

  it("logins: contract counts the sessions of a login, whatever name they have", async () => {
    const [appRole, green] = [role("app"), role("green")];
    await fixture.run(scripts, { appRole, logins: [green] });
    await logIn(green, "psql");
    assert.match(
      await failure(fixture.contract(scripts, "0002_drop", { appRole })),
      /1 connections .* \(psql, user green_/,
    );
  });

  it("logins: contract leaves them alone if it is applied already, because their color may run again", async () => {
    const [appRole, blue, green] = [role("app"), role("blue"), role("green")];
    await fixture.run(scripts, { appRole, logins: [blue, green] });
    const retiredRoles = [blue.username];
    await fixture.contract(scripts, "0002_drop", { appRole, retiredRoles });
    await fixture.run(scripts, { appRole, logins: [blue, green], versions: ["1.1.0"] });
    await fixture.contract(scripts, "0002_drop", { appRole, retiredRoles });
    await logIn(blue);
  });

  it("logins: a superuser, the migrating role and a weak password are rejected before any change", async () => {
    const appRole = role("app");
    const { user } = fixture.connection;
    await fixture.query(`CREATE ROLE boss_${fixture.database} SUPERUSER`);
    const attempts = [
      [{ logins: [role("boss")] }, /must not be a superuser, got "boss_/],
      [{ logins: [{ username: user, password: "a good password" }] }, /must not be the role that migrates/],
      [{ logins: [role("green", "short")] }, /password must be 8 or more/],
    ] as const;
    for (const [options, reason] of attempts) {
      assert.match(await failure(fixture.run(scripts, { appRole, ...options })), reason);
    }
    assert.deepEqual(await fixture.query(`SELECT FROM pg_roles WHERE rolname = '${appRole.username}'`), []);
    assert.match(
      await failure(retireRoles(fixture.connection, [user])),
      /must not have the role that migrates/,
    );
    assert.match(
      await failure(retireRoles(fixture.connection, [role("boss").username])),
      /must not be a superuser/,
    );
  });
});
