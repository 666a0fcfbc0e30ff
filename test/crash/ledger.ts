/**
 * The ledger outside: a server on loopback that tasks tell what they do, and that no crash of Updraft touches. What stands
 * here has really happened, whatever Updraft remembers of it.
 */
import { once } from "node:events";
import { createServer, type Server } from "node:http";

export interface Entry {
  readonly event: "begin" | "end" | "accepted";
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
  readonly token: number;
  /** Of the execution; absent from `accepted`. */
  readonly mark?: string;
  /** Of a `begin`: the results that the execution was given. */
  readonly seen?: readonly string[];
}

/** A kill ends everything that ran; the ledger notes it between the entries. */
export type Line = Entry | { readonly event: "killed" };

export class Ledger {
  readonly lines: Line[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<Ledger> {
    const server = createServer();
    const ledger = new Ledger(server);
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        ledger.lines.push(JSON.parse(Buffer.concat(chunks).toString()));
        response.end();
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return ledger;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("The ledger does not listen");
    return `http://127.0.0.1:${address.port}`;
  }

  noteKill(): void {
    this.lines.push({ event: "killed" });
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
