import { Icon } from "./icon.tsx";

/** Pages follow a key, not a count, so there is a first page and a next one. */
export function Pagination(props: { readonly firstHref: string | null; readonly nextHref: string | null }) {
  if (props.firstHref === null && props.nextHref === null) return null;
  return (
    <nav class="pagination" aria-label="Pages">
      {props.firstHref !== null && (
        <a class="button small" href={props.firstHref}>
          <Icon name="chevron-left" />
          First page
        </a>
      )}
      {props.nextHref !== null && (
        <a class="button small" href={props.nextHref} rel="next">
          Next page
          <Icon name="chevron-right" />
        </a>
      )}
    </nav>
  );
}
