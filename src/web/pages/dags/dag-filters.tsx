import { DAG_RUN_STATES } from "../../../engine/states.ts";
import { domId } from "../../dom-id.ts";
import { ChoiceField, SearchField } from "../../parts/filter-fields.tsx";
import type { DagsQuery } from "./dags-query.ts";

export const DAGS_SEARCH = domId("dags", "search");

const pausedLabels = { all: "All", no: "Active", yes: "Paused" } as const;

export function DagFilters(props: {
  readonly query: DagsQuery;
  readonly tags: readonly string[];
  readonly owners: readonly string[];
}) {
  const { query } = props;
  const same = (value: string) => ({ value, label: value });
  const others = props.tags.filter((tag) => !query.tag.includes(tag));
  return (
    <>
      <SearchField id={DAGS_SEARCH} value={query.q} label="Search DAGs" />
      <fieldset class="segments" aria-label="Paused or active">
        {(["all", "no", "yes"] as const).map((value) => (
          <label class="segment">
            <input type="radio" name="paused" value={value} checked={query.paused === value} />
            {pausedLabels[value]}
          </label>
        ))}
      </fieldset>
      <ChoiceField
        name="state"
        label="State of the latest run"
        any="Any state"
        value={query.state}
        choices={DAG_RUN_STATES.map(same)}
      />
      {query.tag.map((tag) => (
        <input type="hidden" name="tag" value={tag} />
      ))}
      {(others.length > 0 || query.tag.length > 0) && (
        <ChoiceField
          name="tag"
          label="Tag"
          any={query.tag.length === 0 ? "Any tag" : "Add a tag"}
          value=""
          choices={others.map(same)}
        />
      )}
      {(props.owners.length > 1 || query.owner !== "") && (
        <ChoiceField name="owner" label="Owner" any="Any owner" value={query.owner} choices={props.owners.map(same)} />
      )}
      {query.sort !== "name" && <input type="hidden" name="sort" value={query.sort} />}
    </>
  );
}
