import type { DagRunView } from "../../../platform.ts";
import { live } from "../../hx.ts";
import type { Shell } from "../../layout/page.tsx";
import { Banner } from "../../parts/banner.tsx";
import { Card } from "../../parts/card.tsx";
import { Instant } from "../../parts/instant.tsx";
import { JsonTree } from "../../parts/json-tree.tsx";
import { Details } from "../../parts/page-header.tsx";
import { CallbackTable } from "./callback-table.tsx";
import { NoteLink } from "./run-actions.tsx";
import { RUN_REGION, type RunData, runAddress } from "./run-data.ts";
import { RunDocument, RunHeader } from "./run-frame.tsx";
import { RunReason } from "./run-reason.tsx";
import { TaskTable } from "./task-table.tsx";

interface RunProps {
  readonly data: RunData;
  readonly ptag: string;
}

export function RunPage({ shell, data, ptag }: RunProps & { readonly shell: Shell }) {
  return (
    <RunDocument shell={shell} run={data.run}>
      <RunRegion data={data} ptag={ptag} />
    </RunDocument>
  );
}

export function RunRegion({ data, ptag }: RunProps) {
  const { run, head, query } = data;
  return (
    <div
      class="stack"
      id={RUN_REGION}
      {...live(runAddress(run, query), { isActive: run.endAt === null, ptag, socket: data.socket })}
    >
      <RunHeader run={run} head={head} tab="tasks" />
      <RunReason run={run} failed={data.failed} failedCount={data.failedCount} />
      {data.bundleIds.length > 1 && (
        <Banner tone="plain" title="The code changed while this run was under way">
          Its tries ran with more than one build, {data.bundleIds.join(" and ")} among them.
        </Banner>
      )}
      <TaskTable data={data} />
      <CallbackTable callbacks={head?.callbacks ?? []} />
      <RunDetails run={run} />
    </div>
  );
}

function RunDetails({ run }: { readonly run: DagRunView }) {
  return (
    <div class="columns">
      <Card title="Configuration">
        <div class="card-body">
          <JsonTree value={run.conf} />
        </div>
      </Card>
      <Card title="Details" end={<NoteLink run={run} />}>
        <Details
          facts={[
            { name: "Note", value: run.note === null ? <span class="muted">–</span> : <p class="prose">{run.note}</p> },
            { name: "Triggered by", value: run.triggeredBy },
            { name: "Run after", value: <Instant at={run.runAfterAt} /> },
            { name: "Queued", value: <Instant at={run.queuedAt} /> },
            { name: "Data interval start", value: <Instant at={run.dataIntervalStartAt} /> },
            { name: "Data interval end", value: <Instant at={run.dataIntervalEndAt} /> },
            { name: "Cleared", value: run.clearNumber === 0 ? "never" : `${run.clearNumber} times` },
          ]}
        />
      </Card>
    </div>
  );
}
