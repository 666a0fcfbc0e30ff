import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { networkOf } from "../../src/auth/client-address.ts";
import { loginPath, safeNext } from "../../src/auth/next.ts";
import { isSameSecret, isToken, makeToken } from "../../src/auth/secret.ts";

describe("makeToken()", () => {
  test("keeps all 256 bits: different randomness, different tokens of one length", () => {
    const of = (hex: string) => makeToken({ random: () => hex });
    expect(of("0".repeat(64))).toBe(`updraft_${"0".repeat(43)}`);
    expect(isToken(of("f".repeat(64)))).toBe(true);
    expect(of("f".repeat(64))).not.toBe(of(`${"f".repeat(63)}e`));
    expect(of(`1${"0".repeat(63)}`)).not.toBe(of(`2${"0".repeat(63)}`));
  });
});

test("isSameSecret() is true for equal texts only, whatever their lengths", async () => {
  expect(await isSameSecret("a", "a")).toBe(true);
  expect(await isSameSecret("a", "aa")).toBe(false);
  expect(await isSameSecret("", "a")).toBe(false);
});

describe("networkOf()", () => {
  test.each([
    ["203.0.113.9", "203.0.113.9"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:0db8:0001:0002::1", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
  ])("%s counts as %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe("safeNext()", () => {
  test("keeps a path of this site with its query", () => {
    expect(safeNext("/dags/a?tab=runs#x")).toBe("/dags/a?tab=runs#x");
    expect(loginPath("/dags")).toBe("/login?next=%2Fdags");
    expect(loginPath("/")).toBe("/login");
  });

  test("leads nowhere else, whatever it is given", () => {
    const piece = fc.constantFrom(
      "/",
      "\\",
      "//",
      "evil.example",
      "https:",
      "@",
      "\t",
      "\n",
      ":",
      "%2f",
      "..",
      "a",
      "?",
      "#",
      " ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const next = safeNext(pieces.join(""));
        expect(next.startsWith("/") && !next.startsWith("//")).toBe(true);
        expect(new URL(next, "https://here.example").origin).toBe("https://here.example");
      }),
      { numRuns: 1_000 },
    );
  });
});
