/** The HTTP API as a test uses it: JSON in and out, signed in with a bearer token. */
import { setTimeout as sleep } from "node:timers/promises";

export interface Answer {
  readonly status: number;
  /** Parsed JSON, or null without a body. Tests know the shapes they ask for. */
  readonly body: Readonly<Record<string, unknown>>;
}

const pollMs = 50;

export class Api {
  readonly #url: string;
  #token: string | null = null;

  constructor(url: string) {
    this.#url = url;
  }

  async signIn(username: string, password: string): Promise<void> {
    const { status, body } = await this.call("POST", "/auth/token", { username, password });
    if (typeof body["access_token"] !== "string") throw new Error(`Cannot sign in as "${username}": status ${status}`);
    this.#token = body["access_token"];
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        ...(this.#token === null ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      redirect: "manual",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : JSON.parse(text) };
  }

  /** A page, as a browser asks for it. */
  page(path: string): Promise<Response> {
    const headers = {
      accept: "text/html",
      ...(this.#token === null ? {} : { authorization: `Bearer ${this.#token}` }),
    };
    return fetch(this.#url + path, { headers, redirect: "manual" });
  }

  get(path: string): Promise<Answer> {
    return this.call("GET", path);
  }

  /** The body of an answer that must be 2xx. */
  async read(path: string): Promise<Answer["body"]> {
    return accepted(`GET ${path}`, await this.get(path));
  }

  async post(path: string, body: unknown): Promise<Answer["body"]> {
    return accepted(`POST ${path}`, await this.call("POST", path, body));
  }

  async patch(path: string, body: unknown): Promise<Answer["body"]> {
    return accepted(`PATCH ${path}`, await this.call("PATCH", path, body));
  }

  /** Starts a run and returns its id. */
  async trigger(dagId: string, body: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return String((await this.post(`/api/v2/dags/${dagId}/dagRuns`, body))["dag_run_id"]);
  }

  async runState(dagId: string, runId: string): Promise<string> {
    return String((await this.read(runPath(dagId, runId)))["state"]);
  }

  /** Every task instance of a run, page by page. */
  async taskInstances(dagId: string, runId: string): Promise<readonly Answer["body"][]> {
    const all: Answer["body"][] = [];
    for (;;) {
      const page = await this.read(`${runPath(dagId, runId)}/taskInstances?limit=100&offset=${all.length}`);
      const rows = page["task_instances"] as readonly Answer["body"][];
      all.push(...rows);
      if (rows.length === 0 || all.length >= Number(page["total_entries"])) return all;
    }
  }

  async endOfRun(dagId: string, runId: string, limitMs: number): Promise<string> {
    const isOver = (state: string) => state === "success" || state === "failed";
    return until(`the end of run "${runId}" of "${dagId}"`, limitMs, () => this.runState(dagId, runId), isOver);
  }
}

export function runPath(dagId: string, runId: string): string {
  return `/api/v2/dags/${dagId}/dagRuns/${encodeURIComponent(runId)}`;
}

function accepted(what: string, { status, body }: Answer): Answer["body"] {
  if (status >= 200 && status < 300) return body;
  throw new Error(`${what} answered ${status}: ${JSON.stringify(body)}`);
}

/** Asks again until the answer is good. The limit is the only time a test knows; how long it took is not asserted. */
export async function until<T>(
  what: string,
  limitMs: number,
  ask: () => Promise<T>,
  isGood: (answer: T) => boolean,
): Promise<T> {
  const limit = AbortSignal.timeout(limitMs);
  for (;;) {
    const answer = await ask();
    if (isGood(answer)) return answer;
    if (limit.aborted)
      throw new Error(`Waited ${limitMs} ms for ${what}; the last answer was ${JSON.stringify(answer)}`);
    await sleep(pollMs);
  }
}
