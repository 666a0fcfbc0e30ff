/** What operators make and change besides DAGs: pools, users, tokens, saved views, preferences, many DAGs at once. */
import { beforeEach, describe, expect, test } from "vitest";
import { readAll, readOne } from "../../src/catalog/port.ts";
import { apiTokens } from "../../src/catalog/sql/api-tokens.ts";
import { eventLog } from "../../src/catalog/sql/event-log.ts";
import { savedViews } from "../../src/catalog/sql/saved-views.ts";
import { sessions } from "../../src/catalog/sql/sessions.ts";
import { users } from "../../src/catalog/sql/users.ts";
import { type FakePlatform, makePlatform } from "../api/fake-platform.ts";
import { browserOf, from, tagsOf } from "./browser.ts";
import { runAddress } from "./routes-of-showcase.ts";
import { FAILED_RUN, makeShowcase, NOW, WEATHER } from "./showcase.ts";
import { makeWebApp } from "./web-app.ts";

let platform: FakePlatform;
let browser: ReturnType<typeof browserOf>;
beforeEach(async () => {
  platform = await makeShowcase();
  browser = browserOf(makeWebApp(platform));
});

const slotsOf = async (name: string) => (await platform.limits.read()).pools.find((pool) => pool.name === name)?.slots;

describe("pools", () => {
  test("show who holds how much, in words as well", async () => {
    const { text } = await browser.page("/pools");
    expect(text).toMatch(/4 of 4 used/);
    expect(text).toContain('href="/task-instances?pool=warehouse&amp;state=scheduled"');
  });

  test("are made, changed and deleted with plain forms", async () => {
    const made = await browser.submit("/pools/new", {
      name: "lake",
      slots: "3",
      description: "",
      include_deferred: "true",
    });
    expect(made.status).toBe(303);
    expect(await slotsOf("lake")).toBe(3);
    expect((await browser.submit("/pools/editing?name=lake", { slots: "-1" })).status).toBe(303);
    expect(await slotsOf("lake")).toBe(-1);
    expect((await browser.submit("/pools/deletion?name=lake")).status).toBe(303);
    expect(await slotsOf("lake")).toBeUndefined();
  });

  test.each([
    [{ name: "", slots: "1" }, "pool-name"],
    [{ name: "lake", slots: "many" }, "pool-slots"],
    [{ name: "lake", slots: "1.5" }, "pool-slots"],
    [{ name: "lake", slots: "-2" }, "pool-slots"],
  ])("refuse %j at its field", async (fields, id) => {
    const { status, text } = await browser.submit("/pools/new", fields);
    expect(status).toBe(422);
    expect(tagsOf(text).find(({ attributes }) => attributes["id"] === id)?.attributes["aria-invalid"]).toBe("true");
    expect(await slotsOf("lake")).toBeUndefined();
  });

  test("the limit of the deployment is set and lifted", async () => {
    await browser.submit("/pools/limit", { parallelism: "12" });
    expect((await platform.limits.read()).parallelism).toBe(12);
    expect((await browser.submit("/pools/limit", { parallelism: "a lot" })).status).toBe(422);
    await browser.submit("/pools/limit", { parallelism: "" });
    expect((await platform.limits.read()).parallelism).toBeNull();
  });
});

describe("users and tokens", () => {
  test("a user is made once, with a password that is long enough", async () => {
    const weak = await browser.submit("/users/new", { username: "hedy", password: "short" });
    expect(weak.status).toBe(422);
    expect((await browser.submit("/users/new", { username: "hedy", password: "long enough" })).status).toBe(303);
    const again = await browser.submit("/users/new", { username: "Hedy", password: "long enough" });
    expect(from(again.text, "user-username-error")).toContain("There is a user of this name already");
  });

  test("others are switched off and on, oneself is not", async () => {
    const isActive = async (name: string) =>
      (await readAll(platform.catalog, users.list({ limit: 10, offset: 0 }))).find((user) => user.name === name)
        ?.isActive;
    await browser.submit("/users/state", { user_id: "id-grace", is_active: "false" });
    expect(await isActive("grace")).toBe(false);
    await browser.submit("/users/state", { user_id: "id-ada", is_active: "false" });
    expect(await isActive("ada")).toBe(true);
  });

  const session = (userId: string) => sessions.create({ ...{ sessionHash: userId, userId }, ...visit });
  const visit = { address: "192.0.2.1", userAgent: "test", now: NOW, expiresAt: NOW + 1_000 };
  const isSignedIn = async (userId: string) =>
    (await readOne(platform.catalog, sessions.find({ sessionHash: userId, now: NOW, seenAfter: 0 }))) !== null;
  const latestEvent = async () =>
    (await readAll(platform.catalog, eventLog.list({ allowedDagIds: null }, { limit: 50, offset: 0 })))
      .filter(({ eventId }) => eventId.startsWith("auth-"))
      .map(({ event, actor, extra }) => `${actor}: ${event} of ${JSON.parse(extra ?? "{}").user}`)[0];

  test("an admin gives another a new password, which ends their sessions and tokens", async () => {
    const token = { tokenId: "t", tokenHash: "t", userId: "id-grace", name: "ci", now: NOW, expiresAt: null };
    await platform.catalog.write([session("id-grace"), apiTokens.create(token)]);
    const address = "/users/password?user_id=id-grace";
    const weak = await browser.submit(address, { password: "short" });
    expect(weak.status).toBe(422);
    expect(from(weak.text, "user-password-password-error")).toContain("Use 8 to 128 characters");
    expect(await isSignedIn("id-grace")).toBe(true);
    expect((await browser.submit(address, { password: "another password" })).status).toBe(303);
    const grace = await readOne(platform.catalog, users.findByName("grace"));
    expect(grace?.passwordHash).toBe("hash of another password");
    expect(await isSignedIn("id-grace")).toBe(false);
    expect(await readOne(platform.catalog, apiTokens.find({ tokenHash: "t", now: NOW }))).toBeNull();
    expect(await latestEvent()).toBe("ada: password reset of grace");
  });

  test("one's own password takes the current one, also where an admin sets those of others", async () => {
    const hashOf = async () => (await readOne(platform.catalog, users.findByName("ada")))?.passwordHash;
    const before = await hashOf();
    await browser.submit("/users/password?user_id=id-ada", { password: "another password" });
    const next = { password: "another password", repeated: "another password" };
    const wrong = await browser.submit("/password", { ...next, current: "no" });
    expect(from(wrong.text, "own-password-current-error")).toContain("Wrong password");
    const current = { current: "a long password" };
    const differs = await browser.submit("/password", { ...next, ...current, repeated: "another passwort" });
    expect(from(differs.text, "own-password-repeated-error")).toContain("The two differ");
    expect([wrong.status, differs.status, await hashOf()]).toEqual([422, 422, before]);
    expect((await browser.submit("/password", { ...next, ...current })).status).toBe(303);
    expect(await hashOf()).toBe("hash of another password");
  });

  test("a user is deleted by an admin, with what let them in; oneself and the last admin are not", async () => {
    await platform.catalog.write([session("id-grace")]);
    expect((await browser.page("/users")).text).toContain('href="/users/deletion?user_id=id-grace"');
    expect((await browser.page("/users")).text).not.toContain("/users/deletion?user_id=id-ada");
    expect((await browser.submit("/users/deletion?user_id=id-ada")).status).toBe(409);
    expect((await browser.submit("/users/deletion?user_id=id-grace")).status).toBe(303);
    expect(await readOne(platform.catalog, users.get("id-grace"))).toBeNull();
    expect(await isSignedIn("id-grace")).toBe(false);
    expect(await latestEvent()).toBe("ada: user deleted of grace");
    expect((await browser.submit("/users/deletion?user_id=id-grace")).status).toBe(404);
    await platform.catalog.write(users.setActive("id-ada", false));
    const last = await browser.submit("/users/deletion?user_id=id-linus");
    expect([last.status, last.text]).toEqual([409, expect.stringContaining("has to be left")]);
  });

  test("a token is shown once and stored as a hash", async () => {
    const { text } = await browser.submit("/tokens/new", { name: "a script", days: "30" });
    const token = /updraft_[0-9A-Za-z]{43}/.exec(text)?.[0] ?? "";
    expect(token).not.toBe("");
    const [newest] = await readAll(platform.catalog, apiTokens.list("id-ada"));
    expect(newest).toMatchObject({ name: "a script", expiresAt: platform.now + 30 * 86_400_000 });
    expect((await browser.page("/tokens")).text).not.toContain(token);
  });

  test("a token is revoked by its owner alone", async () => {
    await browser.submit("/tokens/revocation", { token_id: "token-0" });
    const tokens = await readAll(platform.catalog, apiTokens.list("id-ada"));
    expect(tokens.find(({ tokenId }) => tokenId === "token-0")?.revokedAt).toBe(platform.now);
  });
});

describe("jobs and import errors", () => {
  test("jobs are narrowed by DAG, state and type", async () => {
    const keysOf = async (query: string) =>
      tagsOf((await browser.part(`/jobs?${query}`, "jobs-results")).text).flatMap(
        ({ attributes }) => attributes["data-key"] ?? [],
      );
    expect(await keysOf("")).toHaveLength(3);
    expect(await keysOf("type=WatchdogJob")).toEqual(["watchdog"]);
    expect(await keysOf("state=success")).toEqual(["bundle:7"]);
    expect(await keysOf("q=WEATHER&state=running")).toEqual([`scheduler:${WEATHER}`]);
    expect((await browser.page("/jobs?q=nobody")).text).toContain("No job matches");
  });

  test("import errors are narrowed by their file, and the menu counts all of them", async () => {
    const { text } = await browser.page("/import-errors?q=BROKEN");
    expect(text).toContain("dags/broken.ts</h2>");
    expect(text).not.toContain("dags/orders.ts</h2>");
    expect(text).toContain('<span class="nav-count">2</span>');
    expect((await browser.page("/import-errors?q=nothing")).text).toContain("No file of this name has an error");
  });
});

describe("saved views", () => {
  const referer = { referer: "http://localhost/runs?state=failed&q=orders" };

  test("keep the address that was shown, and stand on the page it belongs to", async () => {
    const { headers } = await browser.submit("/saved-views", { page: "/runs", query: "old=1", name: "Mine" }, referer);
    expect(headers.get("location")).toBe("/runs?state=failed&q=orders");
    expect((await browser.page("/runs")).text).toContain('href="/runs?state=failed&amp;q=orders"');
    expect((await browser.page("/xcoms")).text).not.toContain("Mine");
  });

  test("never lead to another page", async () => {
    const { status } = await browser.submit("/saved-views", { page: "//evil.example", query: "", name: "x" });
    expect(status).toBe(422);
    await browser.submit("/saved-views", { page: "/runs", query: "/../..//evil.example", name: "y" });
    expect((await browser.page("/runs")).text).toContain('href="/runs?%2F..%2F..%2F%2Fevil.example="');
  });

  test("one is what its page begins with, until the filters are taken off or it is no more", async () => {
    await browser.submit("/saved-views", { page: "/runs", query: "", name: "Mine" }, referer);
    const buttonOf = async () =>
      tagsOf((await browser.page("/runs?q=x")).text).find(
        ({ attributes }) => attributes["aria-label"] === "Begin with the view Mine",
      )?.attributes["aria-pressed"];
    const idOf = async () => /name="default" value="([^"]*)"/.exec((await browser.page("/runs?q=x")).text)?.[1] ?? "";
    expect((await browser.page("/runs")).status).toBe(200);
    expect(await buttonOf()).toBe("false");
    await browser.submit("/saved-views", { default: await idOf() }, referer);
    expect(await buttonOf()).toBe("true");
    const begin = await browser.page("/runs", { referer: "http://localhost/dags" });
    expect([begin.status, begin.headers.get("location")]).toEqual([303, "/runs?state=failed&q=orders"]);
    expect((await browser.page("/runs", referer)).status).toBe(200);
    expect((await browser.page("/runs?state=queued")).status).toBe(200);
    expect((await browser.part("/runs", "runs-results")).status).toBe(200);
    expect((await browser.page("/xcoms")).status).toBe(200);
    // Saved again under its name, it stays what the page begins with.
    const other = { referer: "http://localhost/runs?state=queued" };
    await browser.submit("/saved-views", { page: "/runs", query: "", name: "Mine" }, other);
    expect((await browser.page("/runs")).headers.get("location")).toBe("/runs?state=queued");
    await browser.submit("/saved-views", { no_default: "/runs" }, referer);
    expect((await browser.page("/runs")).status).toBe(200);
  });

  test("a shared one of somebody else can be the default too, and a deleted one is not any more", async () => {
    await platform.catalog.write(
      savedViews.save({
        ...{ savedViewId: "v9", userId: "id-grace", page: "/jobs", query: "state=failed", name: "Hers", now: 1 },
        isShared: true,
      }),
    );
    await browser.submit("/saved-views", { default: "v9" });
    expect((await browser.page("/jobs")).headers.get("location")).toBe("/jobs?state=failed");
    await platform.catalog.write([savedViews.delete({ savedViewId: "v9", userId: "id-grace" })]);
    expect((await browser.page("/jobs")).status).toBe(200);
    await platform.catalog.write(
      savedViews.save({
        ...{ savedViewId: "v8", userId: "id-grace", page: "/jobs", query: "state=failed", name: "Secret", now: 1 },
        isShared: false,
      }),
    );
    await browser.submit("/saved-views", { default: "v8" });
    expect((await browser.page("/jobs")).status).toBe(200);
  });

  test("of others are seen when shared, and deleted by nobody else", async () => {
    await browser.submit("/saved-views", { delete: "view-1" });
    expect((await browser.page("/dags")).text).not.toContain("What failed");
  });
});

describe("preferences", () => {
  test("a zone is used for every time, with UTC beside it", async () => {
    const { status, headers } = await browser.submit("/preferences", { zone: "Asia/Tokyo", next: "/runs", keys: "on" });
    expect(status).toBe(303);
    expect(headers.get("location")).toBe("/runs");
    const { text } = await browser.page("/runs", { cookie: "zone=Asia/Tokyo" });
    expect(text).toMatch(/title="2026-11-22 20:23:10 GMT\+9 = 2026-11-22 11:23:10 UTC"/);
    expect(text).toContain('data-clock="Asia/Tokyo"');
  });

  test("a zone that does not exist is refused, and in a cookie it is ignored", async () => {
    const { status, text } = await browser.submit("/preferences", { zone: "Nowhere/Land" });
    expect(status).toBe(422);
    expect(from(text, "preferences-zone-error")).toContain("There is no zone of this name");
    expect((await browser.page("/runs", { cookie: "zone=<script>" })).text).toContain('data-clock="UTC"');
  });

  test("single keys and the height of rows are switched", async () => {
    expect((await browser.page("/runs")).text).toContain('data-keys="on"');
    const { text } = await browser.page("/runs", { cookie: "keys=off; density=compact" });
    expect(text).not.toContain("data-keys");
    expect(text).toContain('data-density="compact"');
  });
});

describe("many DAGs at once", () => {
  test("the question names exactly those that would change", async () => {
    const { text } = await browser.page(`/dag-batch?action=pause&sel=${WEATHER}&sel=hello_cron&sel=../evil`);
    expect(text).toContain("Pause 1 DAG");
    expect(tagsOf(text).filter(({ attributes }) => attributes["name"] === "sel")).toHaveLength(1);
  });

  test("all that match are meant by their filter", async () => {
    const { text } = await browser.page("/dag-batch?action=pause&all=true&tag=nightly");
    expect(text).toContain("Pause 2 DAGs");
  });

  test("each is paused, and who refused is told", async () => {
    const { status, headers } = await browser.submit("/dag-batch", {
      action: "pause",
      sel: WEATHER,
      next: "/dags?tag=a",
    });
    expect(status).toBe(303);
    expect(headers.get("location")).toBe("/dags?tag=a");
    expect(platform.scheduler(WEATHER).view?.isPaused).toBe(true);
    platform.scheduler("earthquakes").refusal = { ok: false, code: "conflict", message: "Not now", field: null };
    const refused = await browser.submit("/dag-batch", { action: "pause", sel: "earthquakes", next: "//evil.example" });
    expect(refused.headers.get("location")).toBe("/");
    expect(decodeURIComponent(refused.headers.get("set-cookie") ?? "")).toContain("not 1. earthquakes: Not now");
  });
});

describe("the log of a task instance", () => {
  const log = `${runAddress(FAILED_RUN)}/tasks/report.table`;

  test("is searched on the server, and a hit leads to its place", async () => {
    const { text } = await browser.page(`${log}?q=ROWS&level=warning`);
    expect(text).toContain("1 line found of 12");
    expect(text).toContain("3 rows have no temperature");
    expect(text).toMatch(/href="[^"]*\?line=10#L10"/);
  });

  test("folds groups, and opens the rest of a traceback", async () => {
    const { text } = await browser.page(log);
    expect(text).toMatch(/<details><summary>.*?Months.*?3 lines/);
    expect(text).toContain('<details class="log-more" open="">');
  });

  test("is downloaded as a text file whose name holds nothing of a path", async () => {
    const { headers, text } = await browser.page(`${log}/log/download`);
    expect(headers.get("content-disposition")).toMatch(/^attachment; filename="[A-Za-z0-9._-]+\.log"$/);
    expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(text.split("\n")[0]).toMatch(/^2026-11-22T10:24:07.000Z INFO Try 3 of 3 starts bundle="b7"$/);
  });
});

describe("a deployment without users", () => {
  test("leads to the page that makes the first one, which signs in", async () => {
    const fresh = await makePlatform();
    const other = browserOf(makeWebApp(fresh));
    expect((await other.page("/login")).headers.get("location")).toBe("/setup");
    const wrong = await other.submit("/setup", { token: "guess", username: "ada", password: "long enough" });
    expect(wrong.status).toBe(403);
    const token = fresh.setupToken ?? "";
    const made = await other.submit("/setup", { token, username: "ada", password: "long enough" });
    expect(made.status).toBe(303);
    expect(made.headers.get("set-cookie")).toContain("updraft_session=");
    expect((await other.page("/setup")).headers.get("location")).toBe("/login");
  });
});
