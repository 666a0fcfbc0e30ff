import type { ReportRequest } from "../../../../src/executor/protocol.ts";
import { XCOM_INLINE_BYTES } from "../../../../src/executor/protocol.ts";
import type { Invariant } from "../../watch/invariant.ts";

export const valuesAreWhole: Invariant = {
  id: "X1",
  says: "a committed value is the reported one, whole, and a large one lies where its row says",
  watch(world, claim) {
    const stored = new Set<string>();
    return {
      onCommit({ dagId, cause, instances }) {
        if (cause.method !== "report") return;
        const { reports } = cause.args[0] as ReportRequest;
        for (const { before, after } of instances) {
          if (after?.state !== "success" || before?.state !== "running") continue;
          const report = reports.find(({ token }) => token === after.token);
          if (report?.outcome.type !== "success") continue;
          const value = report.outcome.returnValue;
          claim(
            after.returnJson === (value?.type === "inline" ? value.json : null),
            () =>
              `${dagId} ${after.key}: the row has ${after.returnJson?.length} characters of ${JSON.stringify(value).length}`,
          );
          claim(
            (after.returnJson?.length ?? 0) <= XCOM_INLINE_BYTES,
            () => `${dagId} ${after.key}: ${after.returnJson?.length} characters lie in the row`,
          );
          claim(
            (after.returnRef === null) === (value?.type !== "ref"),
            () => `${dagId} ${after.key}: its large value has no place`,
          );
          if (value?.type === "ref") {
            stored.add(value.key);
            claim(world.store.keys().includes(value.key), () => `${dagId} ${after.key}: nothing lies at ${value.key}`);
          }
        }
      },
    };
  },
};
