import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha1 } from "../../src/lib/sha1.ts";

describe("sha1()", () => {
  test.each([
    ["", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
    ["abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"],
    ["a".repeat(1_000_000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"],
  ])("of a known text", (text, expected) => {
    expect(sha1(text)).toBe(expected);
  });

  test("agrees with another implementation at every length around a block", () => {
    for (let length = 0; length <= 130; length += 1) {
      const text = "x".repeat(length);
      expect(sha1(text)).toBe(createHash("sha1").update(text).digest("hex"));
    }
  });

  test("agrees with another implementation on any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (text) => {
        expect(sha1(text)).toBe(createHash("sha1").update(text).digest("hex"));
      }),
    );
  });
});
