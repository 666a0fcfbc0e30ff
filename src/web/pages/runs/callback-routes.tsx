import { z } from "zod";
import { notFound, platformOf } from "../../../auth/context.ts";
import { Routes } from "../../../auth/routes.ts";
import { readAll } from "../../../catalog/port.ts";
import { callbacks } from "../../../catalog/sql/callbacks.ts";
import { runCallbackLogKey } from "../../../executor/log-lines.ts";
import { ptagOf } from "../../ptag.ts";
import { respond, shellOf } from "../../respond.tsx";
import { CallbackLogPage } from "./callback-log-page.tsx";
import { importErrorCountOf, runOf } from "./routes.tsx";

export const callbackRoutes = new Routes("page");

/** A callback that writes more has the rest cut: nobody reads it here. */
const MAX_LINES = 2_000;

callbackRoutes.get(
  "/dags/:dag_id/runs/:run_id/callbacks/:callback_id",
  { permission: "log.read", query: z.object({ attempt: z.coerce.number().int().min(1).optional().catch(undefined) }) },
  async (c, { query }) => {
    const run = await runOf(c);
    const { dagId, runId } = run;
    const all = await readAll(platformOf(c).catalog, callbacks.list({ dagId, runId }));
    const callback = all.find((one) => one.callbackId === c.req.param("callback_id"));
    const attempt = query.attempt ?? callback?.attemptCount ?? 0;
    if (callback === undefined || callback.taskId !== null || attempt > callback.attemptCount) throw notFound(c);
    const key = runCallbackLogKey({ dagId, runId, callbackId: callback.callbackId, attempt });
    const log = await platformOf(c).logs.read(key, { offset: 0, limit: MAX_LINES });
    const importErrorCount = await importErrorCountOf(c);
    return respond(c, {
      ptag: ptagOf({ callback, log }, null),
      page: () => (
        <CallbackLogPage
          shell={shellOf(c, importErrorCount)}
          run={run}
          callback={callback}
          attempt={attempt}
          log={log}
        />
      ),
      parts: {},
    });
  },
);
