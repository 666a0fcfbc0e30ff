/** Node reads no TSX, so a program that shows pages is bundled before it runs. */
import { join } from "node:path";
import { build } from "esbuild";
import { buildAssets } from "../../workers/node/assets.ts";

const root = join(import.meta.dirname, "../..");

export async function runBundled(name: string): Promise<void> {
  // As deep below the root as the fixtures, which find their files by relative paths.
  const outfile = join(root, `.updraft/preview/${name}.mjs`);
  await buildAssets();
  await build({
    entryPoints: [join(root, `test/web/${name}.ts`)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    alias: { updraft: join(root, "src/dag/index.ts"), "#assets": join(root, ".updraft/assets.ts") },
  });
  await import(outfile);
}
