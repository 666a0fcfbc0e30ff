/*
 * [data-live="2"]: asks for news of a region every so many seconds, with one timer for the whole page, and only while
 * the page is looked at. The region itself says how to ask (hx-get, hx-trigger="poll"); what becomes of the answer is the
 * business of news.js.
 */
{
  const dueAt = new WeakMap();

  const toggle = document.querySelector("[data-live-toggle]");
  const isPaused = () => toggle?.getAttribute("aria-pressed") === "false";
  toggle?.addEventListener("click", () => {
    toggle.setAttribute("aria-pressed", String(isPaused()));
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

  document.addEventListener("visibilitychange", tick);
  setInterval(tick, 500);
}
