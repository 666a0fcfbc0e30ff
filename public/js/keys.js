/*
 * Keys of the whole dashboard. Ctrl or Cmd with K opens the palette; single keys act unless somebody types, and unless
 * they are switched off (html[data-keys]). "g" waits a second for the letter that says where to go.
 */
{
  const places = { h: "", d: "dags", r: "runs", t: "task-instances", p: "pools", e: "import-errors", a: "audit-log" };
  let goUntil = 0;

  const find = (selector) => document.querySelector(selector);
  const isTyped = "input:not([type=checkbox], [type=radio]), textarea, select, dialog, [contenteditable]";

  const moveRow = (step) => {
    const all = [...document.querySelectorAll("main tbody tr:has(a.name)")];
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[at === -1 ? (step > 0 ? 0 : all.length - 1) : at + step];
    next?.querySelector("a.name").focus();
    next?.scrollIntoView({ block: "nearest" });
  };

  const acts = {
    "/": () => {
      find("[data-search]")?.focus();
      find("[data-search]")?.select();
    },
    "?": () => find('a[href="/keyboard"]')?.click(),
    ".": () => find(".page-actions :is(a, button), .views-menu > summary")?.focus(),
    j: () => moveRow(1),
    k: () => moveRow(-1),
    x: () => document.activeElement?.closest("tr")?.querySelector("[data-select]")?.click(),
    n: () => find('.pagination a[rel="next"]')?.click(),
    g: () => {
      goUntil = performance.now() + 1000;
    },
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      find("[data-palette]")?.click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !document.documentElement.dataset.keys) return;
    if (event.target.closest(isTyped)) return;
    const place = performance.now() < goUntil ? places[event.key] : undefined;
    goUntil = 0;
    if (place !== undefined) location.assign(`/${place}`);
    else if (Object.hasOwn(acts, event.key)) acts[event.key]();
    else {
      // Links of a view that name their key, such as those that zoom.
      const link = find(`[data-hotkey="${CSS.escape(event.key)}"]`);
      if (!link) return;
      link.click();
    }
    event.preventDefault();
  });
}
