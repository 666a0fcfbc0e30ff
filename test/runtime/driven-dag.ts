/** A DAG in its Durable Object, driven as operators and executors do; the queues have no consumers, so that tests decide when. */
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { d1Catalog } from "../../src/catalog/drivers/d1.ts";
import { migrate } from "../../src/catalog/migrate.ts";
import type { DagId } from "../../src/dag/ids.ts";
import type { DagSpec } from "../../src/dag/spec.ts";
import { PROTOCOL_VERSION, type TryOutcome } from "../../src/executor/protocol.ts";
import type { SchedulerClient, TaskInstanceView, TaskSelection } from "../../src/platform.ts";
import type { Env } from "../../workers/cloudflare/env.ts";
import { migrations } from "../../workers/cloudflare/migrations.ts";
import { spec } from "../fixtures/engine-dag.ts";

const bindings = env as unknown as Env;
export const actor = { name: "tester", via: "api" } as const;

export async function migrateCatalog(): Promise<void> {
  await migrate(d1Catalog(bindings.DB), migrations, 1);
}

export class DrivenDag {
  readonly stub: DurableObjectStub & SchedulerClient;
  private readonly dagId: DagId;
  private sequence = 0;

  private constructor(dagId: string) {
    this.dagId = dagId as DagId;
    this.stub = bindings.DAG_SCHEDULER.getByName(dagId) as unknown as DurableObjectStub & SchedulerClient;
  }

  static async make(dagId: string, options: Partial<Omit<DagSpec, "dagId">>): Promise<DrivenDag> {
    const dag = new DrivenDag(dagId);
    await dag.define(options);
    return dag;
  }

  async define(options: Partial<Omit<DagSpec, "dagId">>): Promise<void> {
    await this.stub.sync({
      spec: { ...spec(options), dagId: this.dagId },
      specHash: JSON.stringify(options),
      sourceHash: "source",
      source: "// source",
      filePath: `dags/${this.dagId}.ts`,
      bundleId: "b",
      hasImportError: false,
    });
  }

  async trigger(runId = "r1", logicalAt: number | null = null): Promise<void> {
    const request = { runId, logicalAt, conf: {}, note: null, idempotencyKey: null, bodyHash: null, actor };
    expect((await this.stub.trigger(request)).ok).toBe(true);
  }

  async stateOfRun(runId = "r1"): Promise<string | undefined> {
    return (await this.stub.run(runId))?.state;
  }

  async rows(runId = "r1"): Promise<readonly TaskInstanceView[]> {
    return (await this.stub.taskInstances(runId, { limit: 100 }))?.rows ?? [];
  }

  async states(runId = "r1"): Promise<Record<string, string>> {
    return Object.fromEntries((await this.rows(runId)).map((row) => [row.taskId, row.state]));
  }

  async statesByIndex(taskId: string, runId = "r1"): Promise<Record<string, string>> {
    const rows = (await this.rows(runId)).filter((row) => row.taskId === taskId);
    return Object.fromEntries(rows.map((row) => [String(row.mapIndex), row.state]));
  }

  /** The task instances that a clear reached, or would reach. */
  async clear(
    given: Partial<TaskSelection>,
    { dryRun = false }: { readonly dryRun?: boolean } = {},
  ): Promise<readonly TaskInstanceView[]> {
    const all = { tasks: null, upstream: false, downstream: false, past: false, future: false, only: null };
    const selection = { runId: "r1", fromAt: null, toAt: null, ...all, ...given };
    const reply = await this.stub.clearTaskInstances(selection, { dryRun, resetDagRuns: true }, actor);
    if (!reply.ok) throw new Error(reply.message);
    return reply.instances;
  }

  /** Ends the tries of a run as they become ready; those without an outcome are left queued. */
  async drive(outcomeOf: (row: TaskInstanceView) => TryOutcome | null = () => success(), runId = "r1"): Promise<void> {
    for (let rounds = 0; rounds < 50; rounds += 1) {
      const ready = (await this.rows(runId)).filter((row) => row.state === "queued" && outcomeOf(row) !== null);
      if (ready.length === 0) return;
      const common = { v: PROTOCOL_VERSION, dagId: this.dagId, invocation: "i", bundleId: "b" } as const;
      const items = ready.map(({ runId, taskId, mapIndex, token }) => ({ runId, taskId, mapIndex, token }));
      const { grants } = await this.stub.claim({ ...common, channel: "tasks", sequence: this.next(), items });
      expect(grants).toHaveLength(ready.length);
      const reports = ready.map((row) => ({
        ...{ runId: row.runId, taskId: row.taskId, mapIndex: row.mapIndex, token: row.token },
        ...{ outcome: outcomeOf(row) ?? success(), xcoms: [], logChunkCount: 0 },
      }));
      const rest = { channel: "tasks", capacity: 0, wallLeftMs: 0, hop: 0 } as const;
      await this.stub.report({ ...common, ...rest, sequence: this.next(), reports });
    }
    throw new Error("the run never ends");
  }

  private next(): number {
    this.sequence += 1;
    return this.sequence;
  }
}

type Success = Extract<TryOutcome, { type: "success" }>;

export function success(extra: Partial<Success> = {}): TryOutcome {
  return { type: "success", returnValue: { type: "inline", json: "1" }, ...extra };
}

/** An executor reports no other ends. */
export function outcomeOf(state: "success" | "failed" | "skipped", extra: Partial<Success> = {}): TryOutcome {
  if (state === "success") return success(extra);
  if (state === "skipped") return { type: "skipped", message: null };
  const error = { name: "Error", message: "on purpose", stack: null, causes: [] };
  return { type: "failed", error, retry: { type: "allowed" }, reason: null };
}
