/** The head of a column that sorts: a link, so that the order stands in the address. A second click turns it round. */
export function SortHeader(props: {
  readonly label: string;
  /** What the rows are sorted by, as in "Sort by …". */
  readonly by: string;
  readonly sortKey: string;
  /** As in the address: the key, with a minus when it is turned round. */
  readonly current: string;
  readonly startsDown?: boolean;
  readonly hrefOf: (sort: string) => string;
}) {
  const { sortKey, current } = props;
  const isUp = current === sortKey;
  const isDown = current === `-${sortKey}`;
  const first = props.startsDown ? `-${sortKey}` : sortKey;
  const second = props.startsDown ? sortKey : `-${sortKey}`;
  return (
    <th
      class={sortKey === "name" ? "fill" : undefined}
      aria-sort={isUp ? "ascending" : isDown ? "descending" : undefined}
    >
      <a class="sort" href={props.hrefOf(current === first ? second : first)} title={`Sort by ${props.by}`}>
        {props.label}
        <span class="sort-sign" aria-hidden="true">
          {isUp ? "↑" : isDown ? "↓" : "↕"}
        </span>
      </a>
    </th>
  );
}
