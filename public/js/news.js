/*
 * What becomes of news of a region ([data-live]). Rows keep their places while the pointer or the keyboard is among them, and
 * nothing changes under a selection: such an answer is dropped, which the button of the top bar says, and asked for again as
 * soon as what held it is over.
 */
{
  const toggle = document.querySelector("[data-live-toggle]");
  const isPaused = () => toggle.getAttribute("aria-pressed") === "false";

  const tell = () => {
    const isHeld = document.querySelector("[data-held]");
    toggle.lastElementChild.textContent = isPaused() ? "Paused" : isHeld ? "News wait" : "Live";
    toggle.title = isHeld ? "News wait until nothing is ticked and the pointer has left the list" : "";
  };
  // After live.js, which has turned it.
  toggle?.addEventListener("click", tell);

  /** By their names in data-held. */
  const holds = {
    ticked: (region) => region.querySelector("[data-select]:checked, details[open] [name]"),
    pointed: (region) => region.matches(":hover, :focus-within"),
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
    const fragment = event.detail.tasks[0]?.fragment;
    const moves = fragment && movesRows(keysOf(region), keysOf(fragment));
    const held = holds.ticked(region) ? "ticked" : moves && holds.pointed(region) && "pointed";
    if (held) {
      event.preventDefault();
      region.dataset.held = held;
    } else delete region.dataset.held;
    tell();
  });

  setInterval(() => {
    for (const region of document.querySelectorAll("[data-held]")) {
      if (isPaused() || holds[region.dataset.held](region)) continue;
      delete region.dataset.held;
      // htmx remembers the tag of what was dropped, and would hear that nothing is new.
      region._htmx.ptag = region.getAttribute("hx-ptag");
      region.dispatchEvent(new CustomEvent("poll"));
      tell();
    }
  }, 500);
}
