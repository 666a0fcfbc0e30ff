/** A projection is one batch (src/catalog/drivers/d1.ts): all of it is written or nothing, and writing it again is harmless. */
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import type { ProbeEnv } from "./probe.ts";

const { DB } = env as unknown as ProbeEnv;

beforeAll(async () => {
  await DB.exec("CREATE TABLE IF NOT EXISTS batch_probe (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT");
});

const insert = (id: number, text: string | null) =>
  DB.prepare("INSERT INTO batch_probe (id, text) VALUES (?, ?)").bind(id, text);

test("a batch is one transaction: when its last statement fails, the first is gone", async () => {
  await expect(DB.batch([insert(1, "a"), insert(2, null)])).rejects.toThrow();
  expect((await DB.prepare("SELECT * FROM batch_probe").all()).results).toEqual([]);
});

test("the statements of a batch see what those before them wrote", async () => {
  const [, read] = await DB.batch([insert(3, "a"), DB.prepare("SELECT text FROM batch_probe WHERE id = 3")]);
  expect(read?.results).toEqual([{ text: "a" }]);
});

test("there are no transactions besides: BEGIN is refused", async () => {
  await expect(DB.prepare("BEGIN").run()).rejects.toThrow();
});

test("a statement tells the rows it wrote by RETURNING, and how many by its changes", async () => {
  const { results, meta } = await DB.prepare("INSERT INTO batch_probe (id, text) VALUES (9, 'x') RETURNING id").all();
  expect(results).toEqual([{ id: 9 }]);
  expect(meta.changes).toBe(1);
});
