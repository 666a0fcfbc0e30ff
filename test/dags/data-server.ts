/** Serves `public/data` on a free port of this machine, as the Worker does, for the tasks to fetch from. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, join } from "node:path";
import { copyData } from "../../workers/node/copy-data.ts";

const root = join(import.meta.dirname, "../..");

export interface DataServer {
  readonly origin: string;
  close(): Promise<void>;
}

export async function serveData(): Promise<DataServer> {
  await copyData(root);
  const server = createServer(async (request, response) => {
    const file = join(root, "public/data", basename(request.url ?? ""));
    const body = await readFile(file).catch(() => null);
    response.writeHead(body === null ? 404 : 200).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
