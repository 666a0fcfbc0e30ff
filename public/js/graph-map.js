/* [data-graph-map]: a click on the map of all tasks shows the surroundings of the nearest one. */
document.addEventListener("click", (event) => {
  const map = event.target.closest?.("[data-graph-map]");
  if (!map) return;
  const box = map.querySelector("svg").getBoundingClientRect();
  const address = new URL(map.dataset.base, location.href);
  address.searchParams.set(
    "at",
    `${Math.max(0, Math.round(event.clientX - box.left))},${Math.max(0, Math.round(event.clientY - box.top))}`,
  );
  location.assign(address);
});
