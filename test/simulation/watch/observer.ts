/** Sees all that objects answer, commit and send, and hands it to the invariants after every event. */
import type { Projection } from "../../../src/catalog/projection.ts";
import type { TaskContext } from "../../../src/dag/context.ts";
import type { TaskMessage } from "../../../src/executor/protocol.ts";
import type { Hosted, ObjectHost } from "../machine/object-host.ts";
import type { Invocation } from "../world/consumers.ts";
import type { World } from "../world/world.ts";
import type { Cause, Checks, Commit, Invariant, Served, UserAction } from "./invariant.ts";
import type { Marks } from "./marks.ts";
import { DagTruth } from "./truth.ts";

export interface Violation {
  readonly invariant: string;
  readonly message: string;
  readonly at: number;
  readonly during: string;
}

const CONTINUED: Cause = { method: "continued", args: [] };

export class Observer {
  readonly marks: Marks;
  readonly truths = new Map<string, DagTruth>();
  readonly checkCounts = new Map<string, number>();
  violation: Violation | null = null;
  readonly #world: World;
  readonly #checks: readonly Checks[];
  readonly #everyEvent: readonly Checks[];
  #cause: Cause = CONTINUED;
  #isCatalogDirty = false;

  constructor(world: World, invariants: readonly Invariant[], marks: Marks) {
    this.#world = world;
    this.marks = marks;
    this.#checks = invariants.map((invariant) => {
      this.checkCounts.set(invariant.id, 0);
      return invariant.watch(world, (isTrue, tell) => this.#claim(invariant.id, isTrue, tell));
    });
    this.#everyEvent = this.#checks.filter(({ onEvent }) => onEvent !== undefined);
  }

  #claim(id: string, isTrue: boolean, tell: () => string): void {
    this.checkCounts.set(id, (this.checkCounts.get(id) ?? 0) + 1);
    if (isTrue || this.violation !== null) return;
    const { clockwork } = this.#world;
    this.violation = { invariant: id, message: tell(), at: clockwork.now - clockwork.startAt, during: clockwork.what };
  }

  truth(dagId: string): DagTruth {
    const known = this.truths.get(dagId);
    if (known !== undefined) return known;
    const truth = new DagTruth(this.#world.host(dagId).sql);
    this.truths.set(dagId, truth);
    return truth;
  }

  /** Runs the handler of a call; what it changes before its first wait has that call for a cause. */
  async serve<T extends Hosted, Reply>(host: ObjectHost<T>, cause: Cause, act: () => Promise<Reply>): Promise<Reply> {
    this.#cause = cause;
    if (cause.method !== "sync")
      this.#world.clockwork.log(`${host.name}.${cause.method} ${JSON.stringify(cause.args).slice(0, 500)}`);
    const wasLost = host.isAlarmLost;
    const reply = await act();
    const served: Served = { ...cause, object: host.name, reply, now: host.now(), life: host.lifeCount };
    if (cause.method === "poke" && wasLost && !host.isAlarmLost) this.marks.hit("lost alarm found by the watchdog");
    this.#each((checks) => checks.onServed?.(served));
    this.marks.served(served);
    return reply;
  }

  sends(dagId: string, messages: readonly TaskMessage[]): void {
    this.#each((checks) => checks.onSend?.(dagId, messages));
  }

  projects(dagId: string, projection: Projection): void {
    this.#each((checks) => checks.onProject?.(dagId, projection));
  }

  executes(invocation: Invocation, scope: TaskContext): void {
    this.#each((checks) => checks.onExecution?.(invocation, scope));
  }

  callsBack(_invocation: Invocation, callback: string, _context: object): void {
    this.#world.clockwork.log(`callback ${callback}`);
    if (callback === "deadline") this.marks.hit("deadline missed");
  }

  destroys(dagId: string): void {
    this.#world.clockwork.log(`${dagId} destroys itself`);
  }

  user(action: UserAction): void {
    this.#each((checks) => checks.onUser?.(action));
    this.marks.user(action);
  }

  catalogWritten(): void {
    this.#isCatalogDirty = true;
  }

  afterEvent(): void {
    const cause = this.#world.clockwork.what.startsWith("alarm of ") ? { method: "alarm", args: [] } : this.#cause;
    this.#cause = CONTINUED;
    for (const [dagId, host] of this.#world.hosts) {
      const { statementCount } = host.sql;
      if (!host.sql.isDirty) continue;
      host.sql.isDirty = false;
      const truth = this.truth(dagId);
      const change = truth.look();
      host.sql.isDirty = false;
      if (change === null) continue;
      const commit: Commit = { ...change, dagId, truth, cause, statementCount, now: host.now() };
      this.#each((checks) => checks.onCommit?.(commit));
      this.marks.committed(commit);
    }
    if (this.#world.limits.sql.isDirty) {
      this.#each((checks) => checks.onLimits?.());
      this.#world.limits.sql.isDirty = false;
    }
    if (this.#isCatalogDirty) {
      this.#isCatalogDirty = false;
      this.#each((checks) => checks.onCatalog?.());
    }
    for (const checks of this.#everyEvent) checks.onEvent?.();
    // What checks read is not the object's.
    for (const host of this.#world.hosts.values()) host.sql.statementCount = 0;
  }

  rest(): void {
    this.#each((checks) => checks.onRest?.());
  }

  #each(visit: (checks: Checks) => void): void {
    for (const checks of this.#checks) visit(checks);
  }
}
