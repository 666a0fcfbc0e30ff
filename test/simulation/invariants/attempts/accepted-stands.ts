import type { ReportReply, ReportRequest } from "../../../../src/executor/protocol.ts";
import type { Invariant } from "../../watch/invariant.ts";
import { clearedRuns, isUserVerb } from "../../watch/tries.ts";

interface Accepted {
  readonly token: number;
  readonly state: string;
}

export const acceptedStands: Invariant = {
  id: "S5",
  says: "a result that was answered with yes is what its task instance is, until a user decides otherwise",
  watch(world, claim) {
    const accepted = new Map<string, Accepted>();
    const answered = new Set<string>();
    return {
      onServed({ object, method, args, reply }) {
        if (method !== "report") return;
        const { reports, invocation, sequence } = args[0] as ReportRequest;
        // A repeat gets the last reply again, whatever became of it since.
        const call = `${object}/${invocation}/${sequence}`;
        if (answered.has(call)) return;
        answered.add(call);
        (reply as ReportReply).verdicts.forEach(({ accepted: isAccepted, state }, place) => {
          const report = reports[place];
          if (!isAccepted || report === undefined || state === undefined || state === "up_for_retry") return;
          const run = world.observer.truth(object);
          const [row] = world.host(object).sql.exec(
            `SELECT t.state, t.token, t.run_seq FROM task_instance AS t JOIN dag_run AS r ON r.seq = t.run_seq
               WHERE r.run_id = ? AND t.task_id = ? AND t.map_index = ?`,
            report.runId,
            report.taskId,
            report.mapIndex,
          );
          const isThere = row?.["state"] === state && row["token"] === report.token;
          claim(isThere, () => `${object} ${report.taskId}: said ${state}, and the row says ${row?.["state"]}`);
          if (run.dag !== null)
            accepted.set(`${object} ${row?.["run_seq"]}/${report.taskId}/${report.mapIndex}`, {
              token: report.token,
              state,
            });
        });
      },
      onCommit(commit) {
        const { dagId, instances, cause } = commit;
        const cleared = clearedRuns(commit);
        for (const { before, after } of instances) {
          const key = `${dagId} ${(after ?? before)?.key}`;
          const known = accepted.get(key);
          if (known === undefined) continue;
          if (after === null || isUserVerb(cause) || cleared.has(after.seq) || after.state === "removed") {
            accepted.delete(key);
            continue;
          }
          const stands = after.token === known.token && after.state === known.state;
          claim(stands, () => `${key}: ${known.state} was accepted, and ${cause.method} made it ${after.state}`);
        }
      },
    };
  },
};
