/**
 * When each DAG is to be visited next: soon after anything was granted or changed, then ever more rarely. Kept in memory:
 * after a start of the object all that hold slots are visited soon.
 */
import type { DagId } from "../dag/ids.ts";

const FIRST_MS = 30_000;
const MAX_MS = 600_000;

export class Visits {
  private readonly next = new Map<DagId | null, { at: number; delayMs: number }>();

  /** Something changed for it. */
  soon(dagId: DagId, now: number): void {
    const known = this.next.get(dagId);
    if (known !== undefined && known.at <= now + FIRST_MS) return;
    this.next.set(dagId, { at: now + FIRST_MS, delayMs: FIRST_MS });
  }

  /** It was visited. */
  later(dagId: DagId, now: number): void {
    const known = this.next.get(dagId);
    // A retry of a call that failed comes first.
    if (known !== undefined && known.at > now && known.at < now + FIRST_MS) return;
    const delayMs = Math.min(MAX_MS, 2 * (known?.delayMs ?? FIRST_MS));
    this.next.set(dagId, { at: now + delayMs, delayMs });
  }

  /** A call failed. Null is the audit log, which waits for the catalog. */
  again(dagId: DagId | null, at: number): void {
    this.next.set(dagId, { at, delayMs: FIRST_MS });
  }

  end(dagId: DagId): void {
    this.next.delete(dagId);
  }

  nextAt(): number | null {
    let first: number | null = null;
    for (const { at } of this.next.values()) if (first === null || at < first) first = at;
    return first;
  }

  due(now: number): DagId[] {
    const due: DagId[] = [];
    for (const [dagId, { at }] of this.next) {
      if (at > now) continue;
      if (dagId === null) this.next.delete(null);
      else due.push(dagId);
    }
    return due;
  }
}
