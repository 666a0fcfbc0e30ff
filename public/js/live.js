/*
 * [data-live="2"]: asks for news of a region every so many seconds, with one timer for the whole page, and only while
 * the page is looked at. The region itself says how to ask (hx-get, hx-trigger="poll"). Rows keep their places while
 * the pointer or the keyboard is among them: an answer that would move rows is dropped then, and asked for again.
 */
{
  const dueAt = new WeakMap();

  const toggle = document.querySelector("[data-live-toggle]");
  const isPaused = () => toggle?.getAttribute("aria-pressed") === "false";
  toggle?.addEventListener("click", () => {
    toggle.setAttribute("aria-pressed", String(isPaused()));
    toggle.lastElementChild.textContent = isPaused() ? "Paused" : "Live";
  });

  const tick = () => {
    if (document.hidden || isPaused()) return;
    const now = performance.now();
    for (const region of document.querySelectorAll("[data-live]")) {
      // What is told of its news need not ask for it, but does now and then, in case nobody tells.
      const isTold = region.matches("html[data-pushed] [data-live-socket]");
      const pace = (isTold ? 15 : Number(region.dataset.live)) * 1000;
      // A pace that became shorter counts from now on, so a run that starts is followed at once.
      const due = Math.min(dueAt.get(region) ?? now + pace, now + pace);
      const isDue = now >= due;
      dueAt.set(region, isDue ? now + pace : due);
      if (isDue) region.dispatchEvent(new CustomEvent("poll"));
    }
  };

  const keysOf = (root) => [...root.querySelectorAll("[data-key]")].map((row) => row.dataset.key);

  const movesRows = (before, after) => {
    const known = new Set(before);
    const kept = after.filter((key) => known.has(key));
    const left = new Set(kept);
    const stayed = before.filter((key) => left.has(key));
    const added = after.findIndex((key) => !known.has(key));
    return stayed.some((key, place) => key !== kept[place]) || (added !== -1 && added < kept.length);
  };

  document.addEventListener("htmx:before:swap", (event) => {
    const region = event.target;
    if (!(region instanceof Element) || !region.matches("[data-live]")) return;
    // A selection is work: nothing is swapped from under it.
    if (region.querySelector("[data-select]:checked, details[open] [name]")) event.preventDefault();
    if (!region.matches(":hover, :focus-within")) return;
    const fragment = event.detail.tasks[0]?.fragment;
    if (fragment && movesRows(keysOf(region), keysOf(fragment))) event.preventDefault();
  });

  document.addEventListener("visibilitychange", tick);
  setInterval(tick, 500);
}
