/**
 * The Durable Object of one DAG: glue between the platform and `src/scheduler`. Its name is the DAG's id. Arguments and
 * replies are plain data; nothing here decides anything.
 */
import { DurableObject } from "cloudflare:workers";
import type { DagId } from "../../src/dag/ids.ts";
import type { ClaimRequest, HeartbeatRequest, ReportRequest } from "../../src/executor/protocol.ts";
import type { SchedulerClient } from "../../src/platform.ts";
import { DagScheduler as Scheduler } from "../../src/scheduler/dag-scheduler.ts";
import type { Env } from "./env.ts";
import { acceptLiveSocket } from "./live-socket.ts";
import { schedulerPorts } from "./scheduler-ports.ts";
import { isSuperseded } from "./superseded.ts";

type Call<Name extends keyof SchedulerClient> = Parameters<SchedulerClient[Name]>;

export class DagScheduler extends DurableObject<Env> implements SchedulerClient {
  readonly #scheduler: Scheduler;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    // Nothing that can throw on bad rows: an object whose constructor fails could not even be repaired.
    this.#scheduler = new Scheduler(schedulerPorts(ctx, env, (ctx.id.name ?? "") as DagId));
  }

  override async fetch(): Promise<Response> {
    return (await this.dag()) === null ? new Response(null, { status: 404 }) : acceptLiveSocket(this.ctx);
  }

  override alarm(): Promise<void> {
    return this.#scheduler.alarm(isSuperseded);
  }

  claim(request: ClaimRequest) {
    return this.#scheduler.claim(request);
  }

  report(request: ReportRequest) {
    return this.#scheduler.report(request);
  }

  heartbeat(request: HeartbeatRequest) {
    return this.#scheduler.heartbeat(request);
  }

  readXComs(...call: Call<"readXComs">) {
    return this.#scheduler.readXComs(...call);
  }

  sync(...call: Call<"sync">) {
    return this.#scheduler.sync(...call);
  }

  setImportError(...call: Call<"setImportError">) {
    return this.#scheduler.setImportError(...call);
  }

  retire() {
    return this.#scheduler.retire();
  }

  trigger(...call: Call<"trigger">) {
    return this.#scheduler.trigger(...call);
  }

  createBackfill(...call: Call<"createBackfill">) {
    return this.#scheduler.createBackfill(...call);
  }

  previewBackfill(...call: Call<"previewBackfill">) {
    return this.#scheduler.previewBackfill(...call);
  }

  changeBackfill(...call: Call<"changeBackfill">) {
    return this.#scheduler.changeBackfill(...call);
  }

  backfill(...call: Call<"backfill">) {
    return this.#scheduler.backfill(...call);
  }

  coverage() {
    return this.#scheduler.coverage();
  }

  plannedRuns(...call: Call<"plannedRuns">) {
    return this.#scheduler.plannedRuns(...call);
  }

  setPaused(...call: Call<"setPaused">) {
    return this.#scheduler.setPaused(...call);
  }

  markRun(...call: Call<"markRun">) {
    return this.#scheduler.markRun(...call);
  }

  setRunNote(...call: Call<"setRunNote">) {
    return this.#scheduler.setRunNote(...call);
  }

  clearTaskInstances(...call: Call<"clearTaskInstances">) {
    return this.#scheduler.clearTaskInstances(...call);
  }

  markTaskInstances(...call: Call<"markTaskInstances">) {
    return this.#scheduler.markTaskInstances(...call);
  }

  setTaskInstanceNote(...call: Call<"setTaskInstanceNote">) {
    return this.#scheduler.setTaskInstanceNote(...call);
  }

  deleteTaskInstance(...call: Call<"deleteTaskInstance">) {
    return this.#scheduler.deleteTaskInstance(...call);
  }

  deleteRun(...call: Call<"deleteRun">) {
    return this.#scheduler.deleteRun(...call);
  }

  deleteDag(...call: Call<"deleteDag">) {
    return this.#scheduler.deleteDag(...call);
  }

  dag() {
    return this.#scheduler.dag();
  }

  run(...call: Call<"run">) {
    return this.#scheduler.run(...call);
  }

  taskInstances(...call: Call<"taskInstances">) {
    return this.#scheduler.taskInstances(...call);
  }

  taskInstance(...call: Call<"taskInstance">) {
    return this.#scheduler.taskInstance(...call);
  }

  explain(...call: Call<"explain">) {
    return this.#scheduler.explain(...call);
  }

  xcomEntries(...call: Call<"xcomEntries">) {
    return this.#scheduler.xcomEntries(...call);
  }

  setLimits(...call: Call<"setLimits">) {
    return this.#scheduler.setLimits(...call);
  }

  takeSlots(...call: Call<"takeSlots">) {
    return this.#scheduler.takeSlots(...call);
  }

  poke() {
    return this.#scheduler.poke();
  }

  rebuildCatalog() {
    return this.#scheduler.rebuildCatalog();
  }
}
