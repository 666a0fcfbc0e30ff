import { expect, test } from "vitest";
import { splitSql } from "../../src/catalog/split-sql.ts";

test.each([
  { what: "statements", sql: "SELECT 1; SELECT 2;", expected: ["SELECT 1", "SELECT 2"] },
  { what: "a last statement without a semicolon", sql: "SELECT 1;\nSELECT 2\n", expected: ["SELECT 1", "SELECT 2"] },
  { what: "an empty text", sql: " ;; -- nothing\n", expected: [] },
  {
    what: "a semicolon in text",
    sql: "SELECT ';', 'it''s; so'; SELECT 2",
    expected: ["SELECT ';', 'it''s; so'", "SELECT 2"],
  },
  {
    what: "a semicolon in a name",
    sql: 'SELECT "a;b", `c;d`, [e;f]; SELECT 2',
    expected: ['SELECT "a;b", `c;d`, [e;f]', "SELECT 2"],
  },
  {
    what: "a semicolon in a comment",
    sql: "-- a; b\nSELECT 1 /* c; d */; SELECT 2",
    expected: ["SELECT 1 /* c; d */", "SELECT 2"],
  },
  { what: "a quote in a comment", sql: "-- it's\nSELECT 1; -- isn't\nSELECT 2", expected: ["SELECT 1", "SELECT 2"] },
  {
    what: "a comment inside a statement",
    sql: "SELECT -- why\n 1; SELECT 2",
    expected: ["SELECT -- why\n 1", "SELECT 2"],
  },
])("splitSql() splits $what", ({ sql, expected }) => {
  expect(splitSql(sql)).toEqual(expected);
});

test("splitSql() refuses triggers, whose bodies it cannot read", () => {
  expect(() => splitSql("CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END;")).toThrow("must not make triggers");
});
