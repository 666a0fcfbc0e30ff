/** Serves the showcase on 127.0.0.1; `preview.ts` bundles and starts it. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { makeShowcase } from "./showcase.ts";
import { makeWebApp } from "./web-app.ts";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

const publicFolder = join(process.cwd(), "public");
const port = Number(process.argv[2] ?? 8799);
const app = makeWebApp(await makeShowcase({ extraDags: Number(process.argv[3] ?? 0) }));

createServer(async (incoming, outgoing) => {
  const url = new URL(incoming.url ?? "/", `http://${incoming.headers.host ?? "127.0.0.1"}`);
  const type = types[extname(url.pathname)];
  if (type !== undefined && !url.pathname.startsWith("/dags/")) {
    const file = await readFile(join(publicFolder, url.pathname)).catch(() => null);
    outgoing.writeHead(file === null ? 404 : 200, { "content-type": type }).end(file ?? "");
    return;
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers))
    if (value !== undefined) headers.set(name, String(value));
  const body = chunks.length === 0 ? null : Buffer.concat(chunks);
  const response = await app.request(url, { method: incoming.method ?? "GET", headers, body });
  outgoing.writeHead(response.status, [...response.headers].flat()).end(Buffer.from(await response.arrayBuffer()));
}).listen(port, "127.0.0.1", () => console.log(`Showcase at http://127.0.0.1:${port}/`));
