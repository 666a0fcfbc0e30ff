/**
 * Shows the dashboard with something in every state, for looking at the pages while one works on them:
 *
 *   node test/web/preview.ts [port] [more DAGs]
 *
 * Node reads no TSX, so the server is bundled first. The real thing is `npm start`.
 */
import { join } from "node:path";
import { build } from "esbuild";
import { buildAssets } from "../../workers/node/assets.ts";

const root = join(import.meta.dirname, "../..");
// As deep below the root as the fixtures, which find their files by relative paths.
const outfile = join(root, "node_modules/.cache/preview-server.mjs");

await buildAssets();
await build({
  entryPoints: [join(root, "test/web/preview-server.ts")],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  jsx: "automatic",
  jsxImportSource: "hono/jsx",
  alias: { updraft: join(root, "src/dag/index.ts") },
});
await import(outfile);
