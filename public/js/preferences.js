/*
 * [data-own-zone]: offers the zone of this browser. [data-copy]: copies a text. [data-clock]: the time in a zone, kept
 * right while the page is open.
 */
{
  document.addEventListener("htmx:after:swap", () => offerZone());
  document.addEventListener("click", async (event) => {
    const copy = event.target.closest("[data-copy]");
    if (!copy) return;
    await navigator.clipboard.writeText(copy.dataset.copy);
    copy.querySelector("span").textContent = "Copied";
  });

  function offerZone() {
    const place = document.querySelector("[data-own-zone]");
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const input = place?.closest("form").elements.zone;
    if (!place || !zone || input.value === zone) return;
    const button = place.querySelector("button");
    button.textContent = `Use ${zone}, as this computer does`;
    button.addEventListener("click", () => {
      input.value = zone;
      place.hidden = true;
    });
    place.hidden = false;
  }

  const skew = Number(document.documentElement.dataset.now) - Date.now();
  const formats = new Map();
  const tick = () => {
    if (document.hidden) return;
    for (const clock of document.querySelectorAll("[data-clock]")) {
      const timeZone = clock.dataset.clock;
      const options = { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
      if (!formats.has(timeZone)) formats.set(timeZone, new Intl.DateTimeFormat("en-GB", options));
      const text = formats.get(timeZone).format(Date.now() + skew);
      if (clock.textContent !== text) clock.textContent = text;
    }
  };

  offerZone();
  setInterval(tick, 5000);
}
