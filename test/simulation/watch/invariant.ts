/**
 * What an invariant is: a sentence with a number, and what it looks at. Each has a file of its own. Its hooks are called
 * with what happened; it makes claims, and a claim that is false ends the seed. Claims are counted, so that an invariant
 * which never had anything to look at is seen.
 */

import type { Projection } from "../../../src/catalog/projection.ts";
import type { TaskContext } from "../../../src/dag/context.ts";
import type { TaskMessage } from "../../../src/executor/protocol.ts";
import type { Invocation } from "../world/consumers.ts";
import type { World } from "../world/world.ts";
import type { DagTruth, TruthChange } from "./truth.ts";

/** Why something changes: a call that is being served, the alarm, or work that goes on after one of them. */
export interface Cause {
  readonly method: string;
  readonly args: readonly unknown[];
}

/** What one event changed in the rows of one DAG. */
export interface Commit extends TruthChange {
  readonly dagId: string;
  readonly truth: DagTruth;
  readonly cause: Cause;
  /** Statements that the object ran in the event. */
  readonly statementCount: number;
  /** The clock of the object. */
  readonly now: number;
}

/** A call that an object has answered, whether or not anybody hears of it. */
export interface Served extends Cause {
  readonly object: string;
  readonly reply: unknown;
  readonly now: number;
  /** Which life of the object answered. */
  readonly life: number;
}

/** What a user did, and heard of it. */
export interface UserAction {
  readonly dagId: string;
  readonly verb: string;
  readonly args: readonly unknown[];
  /** Null when there was no answer. */
  readonly reply: { readonly ok: boolean; readonly [key: string]: unknown } | null;
}

export interface Checks {
  onCommit?(commit: Commit): void;
  onServed?(served: Served): void;
  onSend?(dagId: string, messages: readonly TaskMessage[]): void;
  onProject?(dagId: string, projection: Projection): void;
  onExecution?(invocation: Invocation, scope: TaskContext): void;
  onUser?(action: UserAction): void;
  /** The catalog was written to. */
  onCatalog?(): void;
  /** The rows of the limits changed. */
  onLimits?(): void;
  /** After every event. */
  onEvent?(): void;
  /** When faults and users have stopped, and everything had its time. */
  onRest?(): void;
}

/** `tell` is called only when the claim is false. */
export type Claim = (isTrue: boolean, tell: () => string) => void;

export interface Invariant {
  readonly id: string;
  readonly says: string;
  watch(world: World, claim: Claim): Checks;
}
