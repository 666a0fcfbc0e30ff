/*
 * [data-graph]: a pane that holds a graph. The arrow keys move from box to box, to the nearest one in that direction;
 * dragging moves the drawing.
 */
{
  const axes = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const placeOf = (link) => [Number(link.dataset.x), Number(link.dataset.y)];

  const nearest = (links, from, [dx, dy]) => {
    const [x, y] = placeOf(from);
    let best = null;
    for (const link of links) {
      const [a, b] = placeOf(link);
      const ahead = (a - x) * dx + (b - y) * dy;
      const aside = Math.abs((a - x) * dy) + Math.abs((b - y) * dx);
      if (ahead <= 4) continue;
      const cost = ahead + 3 * aside;
      if (best === null || cost < best.cost) best = { link, cost };
    }
    return best?.link;
  };

  document.addEventListener("keydown", (event) => {
    const axis = axes[event.key];
    const pane = event.target.closest?.("[data-graph]");
    if (!axis || !pane || event.altKey || event.ctrlKey || event.metaKey) return;
    const links = [...pane.querySelectorAll("a[data-x]")];
    const from = event.target.closest("a[data-x]");
    const to = from ? nearest(links, from, axis) : links[0];
    event.preventDefault();
    to?.focus();
    to?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  let drag = null;
  document.addEventListener("pointerdown", (event) => {
    const pane = event.target.closest?.("[data-graph]");
    if (!pane || event.button !== 0 || event.pointerType === "touch" || event.target.closest("a")) return;
    drag = { pane, x: event.clientX + pane.scrollLeft, y: event.clientY + pane.scrollTop };
  });
  document.addEventListener("pointermove", (event) => {
    if (drag) drag.pane.scrollTo(drag.x - event.clientX, drag.y - event.clientY);
  });
  document.addEventListener("pointerup", () => {
    drag = null;
  });

  // What the reader has most likely come for is in sight; the page itself stays where it is.
  const pane = document.querySelector("[data-graph]");
  const wanted = pane?.querySelector(".is-focus, .state-failed, .state-running")?.getBoundingClientRect();
  const seen = pane?.getBoundingClientRect();
  if (wanted && wanted.right > seen.right) pane.scrollLeft += wanted.left - seen.left - seen.width / 3;
  if (wanted && wanted.bottom > seen.bottom) pane.scrollTop += wanted.top - seen.top - seen.height / 3;
}
