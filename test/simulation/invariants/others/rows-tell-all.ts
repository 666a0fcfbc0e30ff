import { DEFAULT_SETTINGS } from "../../../../src/engine/defaults.ts";
import type { RunState } from "../../../../src/engine/run-state.ts";
import { stateName } from "../../../../src/engine/states.ts";
import { CatalogPace } from "../../../../src/scheduler/catalog-pace.ts";
import { type Loaded, loadDag } from "../../../../src/scheduler/load.ts";
import type { SchedulerPorts } from "../../../../src/scheduler/ports.ts";
import type { Invariant } from "../../watch/invariant.ts";
import { memoryOf } from "../../watch/memory.ts";

/** How often it looks: building a state anew costs as much as a start of the object. */
const ONE_IN = 25;

export const rowsTellAll: Invariant = {
  id: "V2",
  says: "a state built anew from the rows is the one that memory holds",
  watch(world, claim) {
    let count = world.seed % ONE_IN;
    return {
      onCommit({ dagId, dag, now }) {
        count += 1;
        const memory = count % ONE_IN === 0 ? memoryOf(world, dagId) : null;
        if (memory === null || dag.after === null) return;
        const { sql } = world.host(dagId);
        const ports = {
          sql,
          dagId,
          settings: DEFAULT_SETTINGS,
          pace: new CatalogPace(),
          customTimetable: () => null,
        } as unknown as SchedulerPorts;
        // A start may write as well: nothing of it stays.
        sql.db.exec("SAVEPOINT look");
        const again = loadDag(ports, now);
        sql.db.exec("ROLLBACK TO look; RELEASE look");
        claim(
          again.state.sequence >= memory.state.sequence,
          () => `${dagId}: a start would go on at ${again.state.sequence}, below ${memory.state.sequence}`,
        );
        for (const name of ["isPaused", "isRetired", "hasImportError", "runningRunCount", "queuedRunCount"] as const) {
          claim(
            again.state[name] === memory.state[name],
            () => `${dagId}: ${name} is ${memory.state[name]}, and ${again.state[name]} after a start`,
          );
        }
        claim(
          again.state.cursor.lastEndAt === memory.state.cursor.lastEndAt,
          () => `${dagId}: the cursor differs after a start`,
        );
        claim(
          again.state.nextCallbackAt === null || memory.state.nextCallbackAt !== null,
          () => `${dagId}: a callback is due after a start`,
        );
        compareRuns(dagId, memory, again, claim);
      },
    };
  },
};

function compareRuns(
  dagId: string,
  memory: Loaded,
  again: Loaded,
  claim: (isTrue: boolean, tell: () => string) => void,
): void {
  for (const run of memory.state.runs.values()) {
    if (run.state !== "running") continue;
    const other = again.state.runs.get(run.seq);
    claim(other?.state === "running", () => `${dagId} ${run.runId} runs, and does not after a start`);
    if (other === undefined) continue;
    const before = placesOf(run);
    const after = placesOf(other);
    for (const [key, state] of before) {
      claim(
        after.get(key) === state,
        () => `${dagId} ${run.runId} ${key} is ${state}, and ${after.get(key)} after a start`,
      );
    }
    claim(
      before.size === after.size,
      () => `${dagId} ${run.runId} has ${before.size} instances, and ${after.size} after a start`,
    );
  }
}

/** What is ready follows from the rules, so it has no row. */
function placesOf(run: RunState): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  for (let place = 0; place < run.length; place += 1) {
    if (run.isGone(place)) continue;
    const state = stateName(run.stateOf[place] ?? 0);
    const key = `${run.taskAt(place).spec.taskId}[${run.mapIndex[place]}]`;
    const isOpen = state === "none" || state === "scheduled" || state === "up_for_retry";
    places.set(key, isOpen ? "open" : `${state} ${run.tryNumber[place]} ${run.token[place]} ${run.losses[place]}`);
  }
  return places;
}
