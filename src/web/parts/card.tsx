import type { Child } from "hono/jsx";

export function Card(props: {
  readonly title: string;
  readonly id?: string;
  readonly className?: string;
  readonly count?: string;
  readonly end?: Child;
  readonly children: Child;
}) {
  return (
    <section
      class={props.className === undefined ? "card" : `card ${props.className}`}
      id={props.id}
      aria-label={props.title}
    >
      <header class="card-head">
        <h2>
          {props.title}
          {props.count !== undefined && <span class="count"> {props.count}</span>}
        </h2>
        {props.end !== undefined && <div class="card-end">{props.end}</div>}
      </header>
      {props.children}
    </section>
  );
}
