/** Secrets that callers hold: made from 256 random bits, kept by us as a hash only. */
import type { Ids } from "../platform.ts";

export const TOKEN_PREFIX = "updraft_";
// 62^43 is the first power above 2^256.
const TOKEN_LENGTH = 43;
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const tokenPattern = new RegExp(`^${TOKEN_PREFIX}[0-9A-Za-z]{${TOKEN_LENGTH}}$`);

export function makeToken(ids: Ids): string {
  let rest = BigInt(`0x${ids.random(32)}`);
  let text = "";
  while (text.length < TOKEN_LENGTH) {
    text = DIGITS.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return TOKEN_PREFIX + text;
}

export function isToken(text: string): boolean {
  return tokenPattern.test(text);
}

export function makeSessionId(ids: Ids): string {
  return ids.random(32);
}

export function isSessionId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** A fast hash is right here: nobody guesses 256 random bits. Passwords go through `Platform.passwords`. */
export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Takes the same time wherever the texts differ; hashing first makes their lengths equal. */
export async function isSameSecret(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([sha256(a), sha256(b)]);
  let difference = 0;
  for (let index = 0; index < left.length; index += 1) difference |= left.charCodeAt(index) ^ right.charCodeAt(index);
  return difference === 0;
}
