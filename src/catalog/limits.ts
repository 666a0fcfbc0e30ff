/**
 * Holds every driver to the limits of D1 in production. The local simulation takes values of any size and libSQL takes any
 * number of parameters, so without this the first large DAG would fail where nobody looks: after the deploy.
 */
import { PlatformError } from "../platform.ts";
import type { Catalog, Statement } from "./port.ts";

/** https://developers.cloudflare.com/d1/platform/limits/ */
export const MAX_PARAMS = 100;
export const MAX_SQL_BYTES = 100_000;
export const MAX_VALUE_BYTES = 2_000_000;
/** What one call carries, kept well under the 32 MB of an RPC because several calls share an isolate's memory. */
export const MAX_BATCH_BYTES = 8_000_000;

export function limitCatalog(catalog: Catalog): Catalog {
  return {
    async read(statements) {
      checkStatements(statements);
      return catalog.read(statements);
    },
    async write(statements) {
      checkStatements(statements);
      return catalog.write(statements);
    },
    size: () => catalog.size(),
  };
}

function checkStatements(statements: readonly Statement[]): void {
  // Nearly every batch is far below, and a character has at most three bytes per unit: then nothing need be encoded.
  const isSmall = largestSize(statements) <= MAX_SQL_BYTES;
  let total = 0;
  for (const { sql, params } of statements) {
    refuseAbove("parameters", params.length, MAX_PARAMS, sql);
    if (isSmall) continue;
    refuseAbove("bytes of SQL", utf8Bytes(sql), MAX_SQL_BYTES, sql);
    for (const param of params) {
      const bytes = typeof param === "string" ? utf8Bytes(param) : 8;
      refuseAbove("bytes in one parameter", bytes, MAX_VALUE_BYTES, sql);
      total += bytes;
    }
    refuseAbove("bytes in one batch", total, MAX_BATCH_BYTES, sql);
  }
}

/** What all of it could come to, in bytes. */
function largestSize(statements: readonly Statement[]): number {
  let units = 0;
  for (const { sql, params } of statements) {
    units += sql.length;
    for (const param of params) units += typeof param === "string" ? param.length : 8;
  }
  return units * 3;
}

function refuseAbove(what: string, value: number, limit: number, sql: string): void {
  if (value <= limit) return;
  const message = `Cannot run "${sql.slice(0, 60)}…": at most ${limit} ${what}, got ${value}`;
  throw new PlatformError("catalog_too_large", message, { retryable: false });
}

const encoder = new TextEncoder();

export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}
