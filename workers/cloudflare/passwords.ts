/**
 * Password hashes with scrypt, which the runtime has natively: N = 2^15, r = 8, p = 3, as ASVS 5.0 asks. One hash needs
 * 32 MiB of an isolate's 128, so they are made one after the other.
 */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import type { Passwords } from "../../src/platform.ts";

const LOG_N = 15;
const R = 8;
const P = 3;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const MAX_MEMORY = 64 * 1024 * 1024;

let last: Promise<unknown> = Promise.resolve();

export const passwords: Passwords = {
  async hash(password) {
    const salt = randomBytes(SALT_BYTES);
    const key = await derive(password, salt, { logN: LOG_N, r: R, p: P });
    return `$scrypt$ln=${LOG_N},r=${R},p=${P}$${salt.toString("base64")}$${key.toString("base64")}`;
  },

  async verify(password, hash) {
    const match = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(hash);
    if (match === null) return false;
    const [, logN, r, p, salt, wanted] = match;
    const expected = Buffer.from(wanted ?? "", "base64");
    const cost = { logN: Number(logN), r: Number(r), p: Number(p) };
    const key = await derive(password, Buffer.from(salt ?? "", "base64"), cost);
    return key.length === expected.length && timingSafeEqual(key, expected);
  },
};

function derive(
  password: string,
  salt: Buffer,
  cost: { readonly logN: number; readonly r: number; readonly p: number },
): Promise<Buffer> {
  const made = last.then(
    () =>
      new Promise<Buffer>((resolve, reject) => {
        const options = { N: 2 ** cost.logN, r: cost.r, p: cost.p, maxmem: MAX_MEMORY };
        scrypt(password, salt, KEY_BYTES, options, (error, key) => (error === null ? resolve(key) : reject(error)));
      }),
  );
  // The next one waits for this one to end, however it ends.
  last = made.catch(() => {});
  return made;
}
