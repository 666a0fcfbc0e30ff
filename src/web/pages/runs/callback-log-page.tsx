import type { CallbackProjection } from "../../../catalog/projection.ts";
import type { LogPage } from "../../../executor/log-lines.ts";
import type { DagRunView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import type { Shell } from "../../layout/page.tsx";
import { Page } from "../../layout/page.tsx";
import { Banner } from "../../parts/banner.tsx";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Instant } from "../../parts/instant.tsx";
import { LogChunk } from "../../parts/log.tsx";
import { Facts, PageHeader } from "../../parts/page-header.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { paths } from "../../paths.ts";
import { callbackTitle } from "./callback-table.tsx";

export interface CallbackLogProps {
  readonly shell: Shell;
  readonly run: DagRunView;
  readonly callback: CallbackProjection;
  /** Counts from 1. */
  readonly attempt: number;
  readonly log: LogPage;
}

export function CallbackLogPage({ shell, run, callback, attempt, log }: CallbackLogProps) {
  const title = callbackTitle(callback);
  return (
    <Page
      shell={shell}
      title={`${title} · ${run.runId}`}
      nav="dags"
      sheet="log"
      crumbs={[
        { label: "DAGs", href: paths.dags },
        { label: run.dagId, href: paths.dag(run.dagId) },
        { label: run.runId, href: paths.run(run.dagId, run.runId) },
        { label: "Callback", href: null },
      ]}
    >
      <PageHeader title={`Callback: ${title}`} badges={<StateBadge state={callback.state} />} />
      <Facts
        facts={[
          { name: "Since", value: <Instant at={callback.createdAt} /> },
          { name: "Ended", value: <Instant at={callback.endAt} /> },
          { name: "Attempt", value: <Attempts callback={callback} attempt={attempt} /> },
        ]}
      />
      {callback.error !== null && (
        <Banner tone="danger" id={domId("callback", "error")} title="Its last attempt failed">
          {callback.error}
        </Banner>
      )}
      <Card title="Log" id={domId("callback", "log")}>
        {log.lines.length === 0 ? (
          <EmptyState icon="scroll-text" title="This attempt logged nothing">
            What a callback writes with <code>log.info(…)</code> appears here.
          </EmptyState>
        ) : (
          <div class="log">
            <LogChunk lines={log.lines} from={0} level="" />
          </div>
        )}
      </Card>
    </Page>
  );
}

function Attempts({ callback, attempt }: { readonly callback: CallbackProjection; readonly attempt: number }) {
  const { dagId, runId, callbackId, attemptCount } = callback;
  return (
    <>
      {Array.from({ length: attemptCount }, (_, index) => index + 1).map((number) =>
        number === attempt ? (
          <strong> {number} </strong>
        ) : (
          <a href={paths.callbackLog(dagId, runId, callbackId, number)}> {number} </a>
        ),
      )}
    </>
  );
}
