/*
 * [data-grid]: the arrow keys move a cursor over the cells, Enter opens what is under it, space opens and closes a group.
 * The cursor acts as a pointer at the middle of its cell, so that grid.js names and opens cells in one place.
 */
{
  const PITCH = 16;

  const point = (row, column, type) => {
    const clientX = row.getBoundingClientRect().left + (column + 0.5) * PITCH;
    row.dispatchEvent(new MouseEvent(type, { bubbles: true, clientX }));
  };

  // Kept by place, because news may bring other elements.
  const draw = (grid) => {
    grid.querySelector(".grid-cursor")?.remove();
    const row = grid.querySelectorAll("[data-cells]")[grid.cursor.row];
    if (!row) return;
    const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const attributes = { class: "grid-cursor", x: grid.cursor.column * PITCH, y: 4, width: PITCH, height: 16, rx: 3 };
    for (const [name, value] of Object.entries(attributes)) box.setAttribute(name, value);
    row.append(box);
    return row;
  };

  const move = (grid, [rowStep, columnStep]) => {
    const lastRow = grid.querySelectorAll("[data-cells]").length - 1;
    const lastColumn = JSON.parse(grid.dataset.runs).length - 1;
    const place = grid.cursor ?? { row: -rowStep, column: lastColumn - columnStep };
    const within = (value, most) => Math.min(most, Math.max(0, value));
    grid.cursor = { row: within(place.row + rowStep, lastRow), column: within(place.column + columnStep, lastColumn) };
    const row = draw(grid);
    row.scrollIntoView({ block: "nearest", inline: "nearest" });
    point(row, grid.cursor.column, "mousemove");
    grid.querySelector("[data-grid-status]").textContent = row.querySelector("title").textContent;
  };

  document.addEventListener("htmx:after:swap", () => {
    for (const grid of document.querySelectorAll("[data-grid]")) if (grid.cursor) draw(grid);
  });

  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches("[data-grid]")) return;
    const step = steps[event.key];
    const row = event.target.querySelector(".grid-cursor")?.parentElement;
    const fold = row?.closest(".grid-row").querySelector(".grid-fold");
    if (step || (event.key === " " && fold)) event.preventDefault();
    if (step) move(event.target, step);
    if (event.key === " ") fold?.click();
    if (event.key === "Enter" && row) point(row, event.target.cursor.column, "click");
  });
}
