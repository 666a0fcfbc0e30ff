/** An app on 127.0.0.1 with the static files of public/ beside it, as a deployment serves them. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Hono } from "hono";
import type { AppEnv } from "../../src/auth/context.ts";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

export async function serve(app: Pick<Hono<AppEnv>, "request">, port = 0): Promise<Served> {
  const publicFolder = join(process.cwd(), "public");
  const server = createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? "/", `http://${incoming.headers.host ?? "127.0.0.1"}`);
    const send = (status: number, headers: Record<string, string | string[]>, body: Uint8Array) => {
      // Compressed as every host does it, so that what a browser measures is what a user waits for.
      const isText = /text|svg|json/.test(String(headers["content-type"]));
      const isPacked = isText && body.length > 500 && /gzip/.test(String(incoming.headers["accept-encoding"]));
      outgoing.writeHead(status, { ...headers, ...(isPacked ? { "content-encoding": "gzip" } : {}) });
      outgoing.end(isPacked ? gzipSync(body) : body);
    };
    const type = types[extname(url.pathname)];
    if (type !== undefined && /^\/built\//.test(url.pathname)) {
      const file = await readFile(join(publicFolder, url.pathname)).catch(() => null);
      send(
        file === null ? 404 : 200,
        { "content-type": type, "cache-control": "max-age=3600" },
        file ?? Buffer.alloc(0),
      );
      return;
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const headers = new Headers();
    for (const [name, value] of Object.entries(incoming.headers))
      if (value !== undefined) headers.set(name, String(value));
    const body = chunks.length === 0 ? null : Buffer.concat(chunks);
    const response = await app.request(url, { method: incoming.method ?? "GET", headers, body });
    const sent: Record<string, string | string[]> = {};
    response.headers.forEach((value, name) => {
      sent[name] = name === "set-cookie" ? response.headers.getSetCookie() : value;
    });
    send(response.status, sent, new Uint8Array(await response.arrayBuffer()));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
