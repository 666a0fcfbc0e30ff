/*
 * [data-grid]: a grid of runs and tasks whose cells are paths, not elements. A click finds its column by its distance
 * from the left; the arrow keys move a cursor, Enter opens what is under it. data-runs holds the run ids in the order
 * of the columns, each row's data-task its task and data-cells the states, so that a cell can be named.
 */
{
  const PITCH = 16;
  const rowsOf = (grid) => [...grid.querySelectorAll("[data-cells]")];
  const runsOf = (grid) => JSON.parse(grid.dataset.runs);

  const urlOf = (grid, row, column) => {
    const run = runsOf(grid)[column];
    if (run === undefined) return null;
    const task = row.dataset.task;
    const base = `${grid.dataset.base}/runs/${encodeURIComponent(run)}`;
    return task === undefined ? base : `${base}/tasks/${encodeURIComponent(task)}`;
  };

  const nameOf = (grid, row, column) =>
    `${row.dataset.label}, ${runsOf(grid)[column]}: ${(row.dataset.cells.split(" ")[column] ?? "none").replaceAll("_", " ")}`;

  const columnOf = (svg, event) => Math.floor((event.clientX - svg.getBoundingClientRect().left) / PITCH);

  const moveCursor = (grid, rowStep, columnStep) => {
    const rows = rowsOf(grid);
    const last = runsOf(grid).length - 1;
    const place = grid.cursor ?? { row: 0, column: last + (columnStep < 0 ? 1 : 0) };
    const row = Math.min(rows.length - 1, Math.max(0, place.row + rowStep));
    const column = Math.min(last, Math.max(0, place.column + columnStep));
    grid.cursor = { row, column };
    grid.querySelector(".grid-cursor")?.remove();
    const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const attributes = { class: "grid-cursor", x: column * PITCH, y: 4, width: 16, height: 16, rx: 3 };
    for (const [name, value] of Object.entries(attributes)) box.setAttribute(name, value);
    rows[row].append(box);
    rows[row].scrollIntoView({ block: "nearest", inline: "nearest" });
    grid.querySelector("[data-grid-status]").textContent = nameOf(grid, rows[row], column);
  };

  document.addEventListener("click", (event) => {
    const row = event.target.closest?.("[data-cells]");
    const grid = row?.closest("[data-grid]");
    const url = grid && urlOf(grid, row, columnOf(row, event));
    if (url) location.assign(url);
  });

  document.addEventListener("mouseover", (event) => {
    const row = event.target.closest?.("[data-cells]");
    if (!row) return;
    row.onmousemove ??= (move) => {
      const title = row.querySelector("title");
      title.textContent = nameOf(row.closest("[data-grid]"), row, columnOf(row, move));
    };
  });

  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  document.addEventListener("keydown", (event) => {
    const grid = event.target.matches?.("[data-grid]") ? event.target : null;
    if (!grid) return;
    if (steps[event.key]) {
      event.preventDefault();
      moveCursor(grid, ...steps[event.key]);
    } else if (event.key === "Enter" && grid.cursor) {
      const url = urlOf(grid, rowsOf(grid)[grid.cursor.row], grid.cursor.column);
      if (url) location.assign(url);
    }
  });
}
