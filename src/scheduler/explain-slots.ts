/** Who holds the slots that a task instance waits for: only the `Limits` object knows, and it is asked when somebody asks. */
import type { DagState } from "../engine/dag-state.ts";
import { respectParallelism } from "../engine/rules/respect-parallelism.ts";
import { respectPoolSlots } from "../engine/rules/respect-pool-slots.ts";
import { ticketOf } from "../engine/slots.ts";
import type { Place } from "../engine/step.ts";
import type { Blocker } from "../platform.ts";
import type { SchedulerPorts } from "./ports.ts";

const SHARED: ReadonlySet<string> = new Set([respectPoolSlots.id, respectParallelism.id]);

export async function explainSlots(
  ports: SchedulerPorts,
  state: DagState,
  { run, place }: Place,
  blockers: readonly Blocker[],
): Promise<readonly Blocker[]> {
  const [first] = blockers.filter(({ rule }) => SHARED.has(rule));
  if (first === undefined) return blockers;
  const reason = await slotReason(ports, state, { run, place });
  return blockers.map((blocker) =>
    blocker === first && reason !== null ? { rule: blocker.rule, reason: `${blocker.reason}. ${reason}` } : blocker,
  );
}

async function slotReason(ports: SchedulerPorts, state: DagState, { run, place }: Place): Promise<string | null> {
  const ticket = ticketOf(state.slots, run, place);
  if (ticket === null) return "Enough of this DAG is ahead of it in line already, so that it does not ask yet";
  try {
    return await ports.limits.explain(state.dagId, ticket);
  } catch (error) {
    ports.log("warning", "the limits do not say who holds the slots", { dagId: ports.dagId, error: String(error) });
    return "Who holds the slots is not known: the limits do not answer";
  }
}
