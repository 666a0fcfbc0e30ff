import { DAG_RUN_STATES } from "../../../engine/states.ts";
import { Icon } from "../../parts/icon.tsx";
import { paths, withQuery } from "../../paths.ts";

/** The view state of the list: all of it stands in the URL. */
export interface DagsQuery {
  readonly q: string;
  readonly paused: "all" | "no" | "yes";
  /** State of the latest run, or "" for any. */
  readonly state: string;
  readonly tag: string;
  readonly page: number;
}

/** The address of the list, without what is at its default. */
export function dagsAddress(query: Partial<DagsQuery>): string {
  const { paused, page } = query;
  return `${paths.dags}${withQuery({ ...query, paused: paused === "all" ? null : paused, page: page === 1 ? null : page })}`;
}

const pausedLabels = { all: "All", no: "Active", yes: "Paused" } as const;

export function DagFilters({ query, tags }: { readonly query: DagsQuery; readonly tags: readonly string[] }) {
  return (
    <>
      <div class="search">
        <Icon name="search" />
        <input
          type="search"
          id="dags-search"
          class="input"
          name="q"
          value={query.q}
          placeholder="Search DAGs"
          aria-label="Search DAGs by name"
          maxlength={250}
          data-search
          autocomplete="off"
        />
      </div>
      <fieldset class="segments" aria-label="Paused or active">
        {(["all", "no", "yes"] as const).map((value) => (
          <label class="segment">
            <input type="radio" name="paused" value={value} checked={query.paused === value} />
            {pausedLabels[value]}
          </label>
        ))}
      </fieldset>
      <select class="select" name="state" aria-label="State of the latest run">
        <option value="">Any state</option>
        {DAG_RUN_STATES.map((state) => (
          <option value={state} selected={query.state === state}>
            {state}
          </option>
        ))}
      </select>
      {(tags.length > 0 || query.tag !== "") && (
        <select class="select" name="tag" aria-label="Tag">
          <option value="">Any tag</option>
          {(tags.includes(query.tag) || query.tag === "" ? tags : [query.tag, ...tags]).map((tag) => (
            <option value={tag} selected={query.tag === tag}>
              {tag}
            </option>
          ))}
        </select>
      )}
      <noscript>
        <button type="submit" class="button">
          Apply
        </button>
      </noscript>
    </>
  );
}
