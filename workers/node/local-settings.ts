/** What may be set from outside for `npm start`: environment variables only, each with a working default. */
import { isAbsolute, join } from "node:path";

export interface LocalSettings {
  readonly port: number;
  /** Holds everything that survives a restart, the setup token and the log of wrangler. */
  readonly stateFolder: string;
  /** Fires the cron trigger every minute, as Cloudflare would: it is the watchdog. */
  readonly firesCron: boolean;
}

export const root = join(import.meta.dirname, "../..");

export function readLocalSettings(env: Readonly<Record<string, string | undefined>>): LocalSettings {
  const folder = env["UPDRAFT_STATE"] || ".updraft/state";
  return {
    port: readPort(env["PORT"] || "8787"),
    stateFolder: isAbsolute(folder) ? folder : join(root, folder),
    firesCron: env["UPDRAFT_NO_CRON"] !== "1",
  };
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new Error(`Cannot listen on PORT "${text}": it must be a number from 1 to 65535`);
}
