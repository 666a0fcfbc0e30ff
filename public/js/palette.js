/*
 * [data-palette-list]: the arrow keys walk from the search field through the links below it, and back. An answer that
 * comes while one is among the links leaves the focus on the same link, and none comes any more once one is taken.
 */
{
  document.addEventListener("keydown", (event) => {
    const palette = event.target.closest?.("[data-palette-list]");
    if (!palette || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
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

  let focused = null;
  document.addEventListener("htmx:before:swap", () => {
    focused = document.activeElement?.closest?.("[data-palette-list] a.menu-item")?.getAttribute("href") ?? null;
  });
  document.addEventListener("htmx:after:swap", () => {
    const links = [...document.querySelectorAll("[data-palette-list] a.menu-item")];
    if (focused === null || links.includes(document.activeElement)) return;
    const same = links.find((link) => link.getAttribute("href") === focused);
    (same ?? document.querySelector("[data-palette-input]"))?.focus();
  });

  document.addEventListener("click", (event) => {
    const palette = event.target.closest("[data-palette-list]");
    if (palette && event.target.closest("a.menu-item"))
      palette.querySelector("form").dispatchEvent(new Event("htmx:abort"));
  });
}
