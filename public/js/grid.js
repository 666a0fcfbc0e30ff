/*
 * [data-grid]: a grid of runs and tasks whose cells are paths, not elements. A click finds its column by its distance
 * from the left; the arrow keys move a cursor, Enter opens what is under it. data-runs holds the run ids in the order
 * of the columns, each row's data-task its task and data-cells the states, so that a cell can be named.
 */
{
  const PITCH = 16;
  const runsOf = (row) => JSON.parse(row.closest("[data-grid]").dataset.runs);
  const columnOf = (row, event) => Math.floor((event.clientX - row.getBoundingClientRect().left) / PITCH);

  const open = (row, column) => {
    const run = runsOf(row)[column];
    if (run === undefined) return;
    const address = `${row.closest("[data-grid]").dataset.base}/runs/${encodeURIComponent(run)}`;
    const { task } = row.dataset;
    location.assign(task === undefined ? address : `${address}/tasks/${encodeURIComponent(task)}`);
  };

  const nameOf = (row, column) => {
    const state = row.dataset.cells.split(" ")[column]?.replaceAll("_", " ") ?? "";
    return `${row.dataset.label}, ${runsOf(row)[column] ?? ""}: ${state}`;
  };

  const moveCursor = (grid, [rowStep, columnStep]) => {
    const rows = [...grid.querySelectorAll("[data-cells]")];
    const last = JSON.parse(grid.dataset.runs).length - 1;
    const place = grid.cursor ?? { row: -rowStep, column: last - columnStep };
    const row = Math.min(rows.length - 1, Math.max(0, place.row + rowStep));
    const column = Math.min(last, Math.max(0, place.column + columnStep));
    grid.cursor = { row, column, element: rows[row] };
    grid.querySelector(".grid-cursor")?.remove();
    const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const attributes = { class: "grid-cursor", x: column * PITCH, y: 4, width: PITCH, height: 16, rx: 3 };
    for (const [name, value] of Object.entries(attributes)) box.setAttribute(name, value);
    rows[row].append(box);
    rows[row].scrollIntoView({ block: "nearest", inline: "nearest" });
    grid.querySelector("[data-grid-status]").textContent = nameOf(rows[row], column);
  };

  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-cells]");
    if (row) open(row, columnOf(row, event));
  });

  document.addEventListener("mousemove", (event) => {
    const row = event.target.closest("[data-cells]");
    if (row) row.querySelector("title").textContent = nameOf(row, columnOf(row, event));
  });

  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches("[data-grid]")) return;
    const step = steps[event.key];
    if (step) event.preventDefault();
    if (step) moveCursor(event.target, step);
    if (event.key === "Enter" && event.target.cursor) open(event.target.cursor.element, event.target.cursor.column);
  });
}
