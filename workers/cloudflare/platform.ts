/**
 * Time and identity on Cloudflare: the one file of this folder that may read a clock or make random bytes. Workerd's clock
 * stands still while code runs without waiting; nothing here may count on it to measure computation.
 */
import type { Timer } from "../../src/executor/ports.ts";
import type { Clock, Ids } from "../../src/platform.ts";

export const clock: Clock = { now: () => Date.now() };

export const ids: Ids = {
  random: (bytes) =>
    Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join(""),
};

export const timer: Timer = {
  now: clock.now,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        clearTimeout(timeout);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timeout = setTimeout(wake, ms);
      signal?.addEventListener("abort", wake);
    }),
};
