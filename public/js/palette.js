/* [data-palette-list]: the arrow keys walk from the search field through the links below it, and back. */
document.addEventListener("keydown", (event) => {
  const palette = event.target.closest?.("[data-palette-list]");
  if (!palette || (event.key !== "ArrowDown" && event.key !== "ArrowUp" && event.key !== "Enter")) return;
  const input = palette.querySelector("[data-palette-input]");
  const stops = [input, ...palette.querySelectorAll("a.menu-item")];
  if (event.key === "Enter") {
    // In the field, Enter takes the first hit, once there is something to look for.
    if (event.target !== input || input.value === "" || stops.length < 2) return;
    event.preventDefault();
    stops[1].click();
    return;
  }
  const step = event.key === "ArrowDown" ? 1 : -1;
  const place = stops.indexOf(document.activeElement);
  event.preventDefault();
  stops[(place + step + stops.length) % stops.length].focus();
});
