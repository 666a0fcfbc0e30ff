import type { TaskContext, TaskFunction } from "../../src/dag/context.ts";
import type { DagDefinition } from "../../src/dag/definition.ts";
import type { ExecutorPorts, ExecutorProblem } from "../../src/executor/ports.ts";
import type { Delivery } from "../../src/executor/run-batch.ts";
import { ManualTimer } from "../fixtures/manual-timer.ts";
import { MemoryObjectStore } from "../fixtures/memory-object-store.ts";
import type { FakeScheduler } from "./fake-scheduler.ts";

export type Scope = TaskContext & Readonly<Record<string, unknown>>;
export type FakeFunctions = Readonly<Record<string, (scope: Scope) => unknown>>;

export interface FakePorts extends ExecutorPorts {
  readonly timer: ManualTimer;
  readonly objects: MemoryObjectStore;
  readonly problems: ExecutorProblem[];
}

export function fakePorts(
  schedulers: readonly FakeScheduler[],
  functions: FakeFunctions,
  definition: DagDefinition | null = null,
): FakePorts {
  const problems: ExecutorProblem[] = [];
  let idCount = 0;
  return {
    problems,
    timer: new ManualTimer(),
    objects: new MemoryObjectStore(),
    schedulers: {
      get: (dagId) => {
        const scheduler = schedulers.find((candidate) => candidate.dagId === dagId);
        if (scheduler === undefined) throw new Error(`There is no DAG "${dagId}" in this test`);
        return scheduler;
      },
    },
    functions: {
      bundleId: "bundle-1",
      find: (_dagId, taskId) => (functions[taskId] as TaskFunction | undefined) ?? null,
      definition: () => definition,
    },
    ids: { random: (bytes) => (++idCount).toString(16).padStart(bytes * 2, "0") },
    env: { ORIGIN: "http://127.0.0.1:8787" },
    onProblem: (problem) => problems.push(problem),
  };
}

/** A delivery that remembers its fate; like a queue's message, it keeps to the first call. */
export class FakeDelivery implements Delivery {
  readonly body: unknown;
  fate: "acked" | { readonly retryAfterMs: number } | null = null;

  constructor(body: unknown) {
    this.body = body;
  }

  ack(): void {
    this.fate ??= "acked";
  }

  retry(options: { readonly delayMs: number }): void {
    this.fate ??= { retryAfterMs: options.delayMs };
  }
}

/** A promise that a test resolves when it likes. */
export function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}
