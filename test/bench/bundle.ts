/**
 * The bundle that a deploy would upload, with the DAGs of the benchmark in it, and the configuration that serves it as it is.
 * Settings are those of wrangler.toml; `npm start` would change leases and let deliveries overlap.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { root } from "../tidy/source-tree.ts";
import { runWrangler } from "./wrangler-process.ts";

export interface Bundle {
  /** For `wrangler dev`: nothing is built any more. */
  readonly config: string;
  readonly gzipBytes: number;
}

export interface BundleOptions {
  readonly name: string;
  /** From the root of the project. */
  readonly main: string;
  readonly manifest: string;
}

export function buildBundle({ name, main, manifest }: BundleOptions): Bundle {
  const folder = join(root, ".updraft", name);
  const output = join(folder, "dist");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const own = readFileSync(join(root, "wrangler.toml"), "utf8")
    .replace(/^\[build\]\n(?:[^[\n].*\n)*/m, "")
    .replace('directory = "public"', `directory = ${JSON.stringify(join(root, "public"))}`);
  const source = join(folder, "wrangler.toml");
  const alias = `\n[alias]\n"#manifest" = ${JSON.stringify(join(root, manifest))}\n`;
  writeFileSync(source, own.replace(/^main = .*$/m, `main = ${JSON.stringify(join(root, main))}`) + alias);
  runWrangler(["deploy", "--dry-run", "--outdir", output, "--config", source]);
  const script = `${main.split("/").at(-1)?.replace(/\.ts$/, "")}.js`;
  const config = join(output, "wrangler.toml");
  writeFileSync(config, own.replace(/^main = .*$/m, `main = "${script}"\nno_bundle = true`));
  return { config, gzipBytes: sizeOf(output) };
}

function sizeOf(output: string): number {
  return readdirSync(output)
    .filter((file) => /\.(js|sql)$/.test(file))
    .reduce((sum, file) => sum + gzipSync(readFileSync(join(output, file))).length, 0);
}
