/**
 * A page that follows one DAG may hold a WebSocket to its object. It hibernates: the object sleeps and is evicted while the
 * socket stays, and pays for nothing. All that is ever sent is that something changed; the page then asks as it does when it
 * polls, through the same door. Who may connect is decided by the app, as for any page of that DAG.
 */
import type { Env } from "./env.ts";

const ADDRESS = /^\/dags\/([^/]+)\/live$/;

export function isLiveSocket(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket" && ADDRESS.test(new URL(request.url).pathname);
}

/** `mayFollow` asks the app for the same address as a plain request, and answers 204 if the caller may. */
export async function connectLiveSocket(
  request: Request,
  env: Env,
  mayFollow: (request: Request) => Promise<Response>,
): Promise<Response> {
  const url = new URL(request.url);
  // Browsers send the cookie with any page's WebSocket, and always say whose page it is.
  if (request.headers.get("origin") !== url.origin) return new Response("Cross-site request refused", { status: 403 });
  const headers = new Headers(request.headers);
  headers.delete("upgrade");
  const answer = await mayFollow(new Request(url, { headers }));
  if (answer.status !== 204) return answer;
  return env.DAG_SCHEDULER.getByName(decodeURIComponent(ADDRESS.exec(url.pathname)?.[1] ?? "")).fetch(request);
}

export function acceptLiveSocket(ctx: DurableObjectState): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  ctx.acceptWebSocket(server);
  return new Response(null, { status: 101, webSocket: client });
}

/** After what changed is in the catalog, since pages read it there. */
export function tellLiveSockets(ctx: DurableObjectState): void {
  for (const socket of ctx.getWebSockets()) {
    try {
      socket.send("changed");
    } catch {
      // It is closing; the page that held it has gone or polls.
    }
  }
}
