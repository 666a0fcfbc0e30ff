import type { Child } from "hono/jsx";

export interface Fact {
  readonly name: string;
  readonly value: Child;
}

/** What a page is about: its name, its state, its key facts, and what can be done with it on the right. */
export function PageHeader(props: {
  readonly title: string;
  readonly badges?: Child;
  readonly actions?: Child;
  readonly description?: string | null;
  readonly facts?: readonly Fact[];
}) {
  return (
    <header class="page-head">
      <div class="page-title">
        <h1>{props.title}</h1>
        {props.badges}
        {props.actions !== undefined && <div class="page-actions">{props.actions}</div>}
      </div>
      {props.description && <p class="prose muted">{props.description}</p>}
      {props.facts !== undefined && <Facts facts={props.facts} />}
    </header>
  );
}

export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map((fact) => (
        <div>
          <dt>{fact.name}</dt>
          <dd>{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** All there is to know, one line each. */
export function Details({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="details">
      {facts.map((fact) => (
        <>
          <dt>{fact.name}</dt>
          <dd>{fact.value}</dd>
        </>
      ))}
    </dl>
  );
}
