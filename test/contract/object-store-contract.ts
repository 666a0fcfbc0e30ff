import { expect, test } from "vitest";
import type { ObjectStore } from "../../src/platform.ts";

/** What every implementation of `ObjectStore` promises. Each test works under a prefix of its own, so a store may be shared. */
export function testObjectStore(makeStore: () => ObjectStore | Promise<ObjectStore>): void {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const text = (value: Uint8Array | null) => (value === null ? null : new TextDecoder().decode(value));

  test("get() returns what was put, byte for byte", async () => {
    const store = await makeStore();
    const value = Uint8Array.from({ length: 256 }, (_, index) => index);
    await store.put("contract/bytes/a", value);
    expect([...((await store.get("contract/bytes/a")) ?? [])]).toEqual([...value]);
  });

  test("get() returns null for a key that was never put", async () => {
    const store = await makeStore();
    expect(await store.get("contract/missing/a")).toBeNull();
  });

  test("put() keeps an empty value", async () => {
    const store = await makeStore();
    await store.put("contract/empty/a", new Uint8Array());
    expect((await store.get("contract/empty/a"))?.length).toBe(0);
  });

  test("put() replaces the value of a key", async () => {
    const store = await makeStore();
    await store.put("contract/replace/a", bytes("one"));
    await store.put("contract/replace/a", bytes("two"));
    expect(text(await store.get("contract/replace/a"))).toBe("two");
  });

  test("put() copies: later changes of the buffer change nothing", async () => {
    const store = await makeStore();
    const value = bytes("before");
    await store.put("contract/copy/a", value);
    value.fill(0);
    expect(text(await store.get("contract/copy/a"))).toBe("before");
  });

  test("keys may hold all characters that ids become", async () => {
    const store = await makeStore();
    const key = "contract/characters/scheduled__2026-01-01T00=00=00@00=00/a.b_c-d~e,f";
    await store.put(key, bytes("here"));
    expect(text(await store.get(key))).toBe("here");
    expect((await store.list("contract/characters/", { limit: 10 })).keys).toEqual([key]);
  });

  test("a key of 900 bytes is kept", async () => {
    const store = await makeStore();
    const key = `contract/long/${"k".repeat(900)}`;
    await store.put(key, bytes("long"));
    expect(text(await store.get(key))).toBe("long");
  });

  test("list() returns the keys with the prefix only, sorted", async () => {
    const store = await makeStore();
    for (const name of ["b", "a/2", "a/10", "c"]) await store.put(`contract/list/x/${name}`, bytes(name));
    await store.put("contract/list/xy", bytes("no"));
    const { keys, cursor } = await store.list("contract/list/x/", { limit: 10 });
    expect(keys).toEqual(["a/10", "a/2", "b", "c"].map((name) => `contract/list/x/${name}`));
    expect(cursor).toBeNull();
  });

  test("list() pages by its cursor until that is null, without gap or repeat", async () => {
    const store = await makeStore();
    const names = ["1", "2", "3", "4", "5"].map((name) => `contract/pages/${name}`);
    for (const name of names) await store.put(name, bytes(name));
    const seen: string[] = [];
    let cursor: string | null = null;
    let pageCount = 0;
    do {
      const page: Awaited<ReturnType<ObjectStore["list"]>> = await store.list("contract/pages/", {
        limit: 2,
        ...(cursor === null ? {} : { cursor }),
      });
      expect(page.keys.length).toBeLessThanOrEqual(2);
      seen.push(...page.keys);
      cursor = page.cursor;
      pageCount++;
    } while (cursor !== null && pageCount < 10);
    expect(seen).toEqual(names);
  });

  test("list() of a prefix without keys is empty", async () => {
    const store = await makeStore();
    expect(await store.list("contract/nothing/", { limit: 10 })).toEqual({ keys: [], cursor: null });
  });

  test("delete() removes the keys that exist and ignores the others", async () => {
    const store = await makeStore();
    await store.put("contract/delete/a", bytes("a"));
    await store.put("contract/delete/b", bytes("b"));
    await store.delete(["contract/delete/a", "contract/delete/none"]);
    expect(await store.get("contract/delete/a")).toBeNull();
    expect(text(await store.get("contract/delete/b"))).toBe("b");
  });

  test("delete() takes more keys than one call of the platform does", async () => {
    const store = await makeStore();
    await store.put("contract/many/0", bytes("0"));
    await store.delete(Array.from({ length: 1_001 }, (_, index) => `contract/many/${1_000 - index}`));
    expect((await store.list("contract/many/", { limit: 10 })).keys).toEqual([]);
  });

  test("delete() of nothing is allowed", async () => {
    const store = await makeStore();
    await expect(store.delete([])).resolves.toBeUndefined();
  });
}
