/*
 * [data-grid]: a grid of runs and tasks whose cells are paths, not elements. A click finds its column by its distance
 * from the left. data-runs holds the run ids in the order of the columns, each row's data-task its task, data-cells a
 * letter per state, which data-letters explains, and data-counts how many instances there are: so a cell can be named.
 */
{
  const PITCH = 16;
  const runsOf = (row) => JSON.parse(row.closest("[data-grid]").dataset.runs);
  const columnOf = (row, event) => Math.floor((event.clientX - row.getBoundingClientRect().left) / PITCH);

  const open = (row, column, isAside) => {
    const run = runsOf(row)[column];
    if (run === undefined) return;
    const address = `${row.closest("[data-grid]").dataset.base}/runs/${encodeURIComponent(run)}`;
    const { task } = row.dataset;
    const target = task === undefined ? address : `${address}/tasks/${encodeURIComponent(task)}`;
    if (isAside) window.open(target, "_blank", "noopener");
    else location.assign(target);
  };

  const nameOf = (row, column) => {
    const state = JSON.parse(row.closest("[data-grid]").dataset.letters)[row.dataset.cells[column]] ?? "";
    const count = Number(row.dataset.counts?.split(" ")[column] ?? 1);
    return `${row.dataset.label}, ${runsOf(row)[column] ?? ""}: ${state}${count > 1 ? `, ${count} instances` : ""}`;
  };

  // As with links: with the middle button, or a key that says so, in a tab of its own.
  for (const type of ["click", "auxclick"]) {
    document.addEventListener(type, (event) => {
      const row = event.target.closest("[data-cells]");
      if (row && event.button < 2)
        open(row, columnOf(row, event), event.button === 1 || event.ctrlKey || event.metaKey);
    });
  }

  document.addEventListener("mousemove", (event) => {
    const row = event.target.closest("[data-cells]");
    if (!row) return;
    if (!row.querySelector("title")) row.prepend(document.createElementNS("http://www.w3.org/2000/svg", "title"));
    row.querySelector("title").textContent = nameOf(row, columnOf(row, event));
  });
}
