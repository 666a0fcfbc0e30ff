import { beforeEach, describe, expect, test } from "vitest";
import { readAll, readOne, writeOne } from "../../src/catalog/port.ts";
import { apiTokens } from "../../src/catalog/sql/api-tokens.ts";
import { loginAttempts } from "../../src/catalog/sql/login-attempts.ts";
import { sessions } from "../../src/catalog/sql/sessions.ts";
import { type NewUser, users } from "../../src/catalog/sql/users.ts";
import { makeMigratedCatalog, type SqliteCatalog } from "../fixtures/sqlite-catalog.ts";

let catalog: SqliteCatalog;

beforeEach(async () => {
  catalog = await makeMigratedCatalog();
});

function newUser(given: Partial<NewUser> = {}): NewUser {
  return { userId: "u1", name: "Ada", passwordHash: "hash", role: "admin", now: 1, ...given };
}

describe("users", () => {
  test("are found by name in any case, and the name is taken in any case", async () => {
    const ada = await writeOne(catalog, users.create(newUser()));
    expect(ada).toEqual({ userId: "u1", name: "Ada", role: "admin", isActive: true, createdAt: 1 });
    expect(await writeOne(catalog, users.create(newUser({ userId: "u2", name: "ADA" })))).toBeNull();
    expect(await readOne(catalog, users.findByName("ada"))).toEqual({ ...ada, passwordHash: "hash" });
    expect(await readOne(catalog, users.findByName("bob"))).toBeNull();
  });

  test("lists carry no password hash", async () => {
    await writeOne(catalog, users.create(newUser()));
    const [listed] = await readAll(catalog, users.list({ limit: 10, offset: 0 }));
    expect(listed).toEqual(await readOne(catalog, users.get("u1")));
    expect(listed).not.toHaveProperty("passwordHash");
  });

  test("the first user can be made once, and not after any other", async () => {
    expect(await readOne(catalog, users.any())).toBeNull();
    expect(await writeOne(catalog, users.createFirst(newUser()))).not.toBeNull();
    expect(await readOne(catalog, users.any())).toBe(true);
    await catalog.write(users.setActive("u1", false));
    expect(await writeOne(catalog, users.createFirst(newUser({ userId: "u2", name: "Bob" })))).toBeNull();
  });
});

describe("deleting a user", () => {
  const remove = (userId: string) => writeOne(catalog, users.delete(userId));

  test("takes their sessions and tokens along, and the name is free again", async () => {
    const times = { now: 100, expiresAt: 200 };
    await writeOne(catalog, users.create(newUser()));
    await writeOne(catalog, users.create(newUser({ userId: "u2", name: "Bob" })));
    await catalog.write([
      sessions.create({ ...times, sessionHash: "s1", userId: "u1", address: "", userAgent: "" }),
      apiTokens.create({ ...times, tokenId: "t1", tokenHash: "h1", userId: "u1", name: "ci" }),
    ]);
    expect((await remove("u1"))?.name).toBe("Ada");
    expect(await readOne(catalog, users.get("u1"))).toBeNull();
    expect(await readOne(catalog, sessions.find({ sessionHash: "s1", now: 150, seenAfter: 50 }))).toBeNull();
    expect(await readOne(catalog, apiTokens.find({ tokenHash: "h1", now: 150 }))).toBeNull();
    expect(await writeOne(catalog, users.create(newUser({ userId: "u3" })))).not.toBeNull();
  });

  test("does nothing while there is no other admin who is switched on", async () => {
    await writeOne(catalog, users.create(newUser()));
    await writeOne(catalog, users.create(newUser({ userId: "u2", name: "Bob" })));
    await writeOne(catalog, users.create(newUser({ userId: "u3", name: "Eve", role: "viewer" })));
    await catalog.write(users.setActive("u2", false));
    expect(await remove("u1")).toBeNull();
    expect(await readOne(catalog, users.get("u1"))).not.toBeNull();
    expect(await remove("u2")).not.toBeNull();
    expect(await remove("nobody")).toBeNull();
  });
});

describe("sessions", () => {
  const session = {
    sessionHash: "s1",
    userId: "u1",
    address: "192.0.2.1",
    userAgent: "test",
    now: 100,
    expiresAt: 200,
  };
  const find = { sessionHash: "s1", now: 150, seenAfter: 50 };

  beforeEach(async () => {
    await writeOne(catalog, users.create(newUser()));
    await catalog.write([sessions.create(session)]);
  });

  test("are found by hash with their user", async () => {
    expect(await readOne(catalog, sessions.find(find))).toEqual({
      sessionHash: "s1",
      user: { userId: "u1", name: "Ada", role: "admin", isActive: true, createdAt: 1 },
      address: "192.0.2.1",
      userAgent: "test",
      createdAt: 100,
      expiresAt: 200,
      seenAt: 100,
    });
  });

  test("end with their time, when idle too long, and by deletion", async () => {
    expect(await readOne(catalog, sessions.find({ ...find, now: 200 }))).toBeNull();
    expect(await readOne(catalog, sessions.find({ ...find, seenAfter: 100 }))).toBeNull();
    await catalog.write([sessions.delete("s1")]);
    expect(await readOne(catalog, sessions.find(find))).toBeNull();
  });

  test.each([
    { what: "another password", statements: () => users.setPassword("u1", "new") },
    { what: "being switched off", statements: () => users.setActive("u1", false) },
    { what: "ending all sessions", statements: () => [sessions.deleteAllOfUser("u1")] },
  ])("end with $what of their user", async ({ statements }) => {
    await catalog.write(statements());
    expect(await readOne(catalog, sessions.find(find))).toBeNull();
  });

  test("a sign of life is noted once per span", async () => {
    await catalog.write([sessions.touch({ sessionHash: "s1", now: 130, unlessSeenAfter: 90 })]);
    expect((await readOne(catalog, sessions.find(find)))?.seenAt).toBe(100);
    await catalog.write([sessions.touch({ sessionHash: "s1", now: 130, unlessSeenAfter: 100 })]);
    expect((await readOne(catalog, sessions.find(find)))?.seenAt).toBe(130);
  });
});

describe("API tokens", () => {
  const token = { tokenId: "t1", tokenHash: "h1", userId: "u1", name: "ci", now: 100, expiresAt: 200 };
  const find = { tokenHash: "h1", now: 150 };

  beforeEach(async () => {
    await writeOne(catalog, users.create(newUser()));
    await catalog.write([apiTokens.create(token)]);
  });

  test("are found by hash with their user", async () => {
    const found = await readOne(catalog, apiTokens.find(find));
    expect(found).toMatchObject({ tokenId: "t1", name: "ci", createdAt: 100, user: { userId: "u1", name: "Ada" } });
    expect(await readOne(catalog, apiTokens.find({ ...find, tokenHash: "h2" }))).toBeNull();
  });

  test("end with their time; one without an end does not", async () => {
    await catalog.write([apiTokens.create({ ...token, tokenId: "t2", tokenHash: "h2", expiresAt: null })]);
    expect(await readOne(catalog, apiTokens.find({ ...find, now: 200 }))).toBeNull();
    expect(await readOne(catalog, apiTokens.find({ tokenHash: "h2", now: 1e15 }))).not.toBeNull();
  });

  test("end when revoked by their user, and not by another", async () => {
    await catalog.write([apiTokens.revoke({ tokenId: "t1", userId: "u2", now: 120 })]);
    expect(await readOne(catalog, apiTokens.find(find))).not.toBeNull();
    await catalog.write([apiTokens.revoke({ tokenId: "t1", userId: "u1", now: 120 })]);
    expect(await readOne(catalog, apiTokens.find(find))).toBeNull();
    expect((await readAll(catalog, apiTokens.list("u1")))[0]?.revokedAt).toBe(120);
  });

  test("end with all others of their user", async () => {
    await catalog.write([apiTokens.revokeAllOfUser({ userId: "u1", now: 120 })]);
    expect(await readOne(catalog, apiTokens.find(find))).toBeNull();
  });

  test("do not work for a user who is switched off", async () => {
    await catalog.write(users.setActive("u1", false));
    expect(await readOne(catalog, apiTokens.find(find))).toBeNull();
  });

  test("a use is noted once per span", async () => {
    await catalog.write([apiTokens.touch({ tokenId: "t1", now: 130, unlessUsedAfter: 70 })]);
    await catalog.write([apiTokens.touch({ tokenId: "t1", now: 140, unlessUsedAfter: 80 })]);
    expect((await readAll(catalog, apiTokens.list("u1")))[0]?.usedAt).toBe(130);
  });
});

describe("log-in attempts", () => {
  const attempt = { account: "ada", address: "192.0.2.1", now: 100, since: 40, maxPerAccount: 5, maxPerAddress: 20 };
  const admit = (given: Partial<typeof attempt> = {}) =>
    writeOne(catalog, loginAttempts.admit({ ...attempt, ...given }));

  test("of one account are admitted five times within the window, in whatever case it is typed", async () => {
    for (let count = 0; count < 5; count += 1) expect(await admit()).not.toBeNull();
    expect(await admit({ account: "ADA", address: "192.0.2.2" })).toBeNull();
    expect(await admit({ account: "bob" })).not.toBeNull();
  });

  test("from one address are admitted twenty times within the window", async () => {
    for (let count = 0; count < 20; count += 1) expect(await admit({ account: `user ${count}` })).not.toBeNull();
    expect(await admit({ account: "another" })).toBeNull();
    expect(await admit({ account: "another", address: "192.0.2.2" })).not.toBeNull();
  });

  test("count until the window has passed them", async () => {
    for (let count = 0; count < 5; count += 1) await admit();
    expect(await admit({ now: 160, since: 99 })).toBeNull();
    expect(await admit({ now: 161, since: 100 })).not.toBeNull();
  });

  test("with a good password do not count", async () => {
    for (let count = 0; count < 10; count += 1) {
      const admitted = await admit();
      await catalog.write([loginAttempts.forget(admitted?.attemptId ?? -1)]);
    }
    expect(await readOne(catalog, loginAttempts.count(attempt))).toEqual({ byAccount: 0, byAddress: 0 });
  });
});
