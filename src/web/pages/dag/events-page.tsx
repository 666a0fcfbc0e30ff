import type { DagProjection } from "../../../catalog/projection.ts";
import type { EventLogView } from "../../../catalog/sql/event-log.ts";
import { domId } from "../../dom-id.ts";
import { hx } from "../../hx.ts";
import type { Shell } from "../../layout/page.tsx";
import { EventTable } from "../../parts/event-table.tsx";
import { NoEvents } from "../../parts/no-events.tsx";
import { Pagination } from "../../parts/pagination.tsx";
import { paths, withQuery } from "../../paths.ts";
import { DagFrame } from "./dag-frame.tsx";

export interface EventsData {
  readonly dag: DagProjection;
  readonly events: readonly EventLogView[];
  readonly query: { readonly event: string; readonly actor: string; readonly after: number | null };
  readonly nextAfter: number | null;
}

export const EVENTS_REGION = domId("dag", "events");

export function EventsPage({ shell, data }: { readonly shell: Shell; readonly data: EventsData }) {
  const url = paths.dagTab(data.dag.dagId, "events");
  return (
    <DagFrame shell={shell} dag={data.dag} tab="events">
      <form
        method="get"
        action={url}
        class="filters"
        {...hx({
          get: url,
          target: `#${EVENTS_REGION}`,
          swap: "outerHTML",
          trigger: "submit, change, input delay:250ms",
          sync: "this:replace",
        })}
      >
        <input
          class="input"
          name="event"
          value={data.query.event}
          placeholder="Event"
          aria-label="Name of the event"
          data-search
        />
        <input class="input" name="actor" value={data.query.actor} placeholder="Who" aria-label="Who did it" />
        <noscript>
          <button type="submit" class="button">
            Apply
          </button>
        </noscript>
      </form>
      <EventsRegion data={data} />
    </DagFrame>
  );
}

export function EventsRegion({ data }: { readonly data: EventsData }) {
  const url = paths.dagTab(data.dag.dagId, "events");
  const { after, ...filter } = data.query;
  return (
    <div class="stack" id={EVENTS_REGION}>
      {data.events.length === 0 ? <NoEvents /> : <EventTable events={data.events} />}
      <Pagination
        firstHref={after === null ? null : `${url}${withQuery(filter)}`}
        nextHref={data.nextAfter === null ? null : `${url}${withQuery({ ...filter, after: data.nextAfter })}`}
      />
    </div>
  );
}
