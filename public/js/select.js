/*
 * [data-select]: rows that are ticked. The box in the head ticks all of the page, Shift ticks everything in between, and
 * the line above says how many are ticked. The boxes themselves work without this: they belong to a form.
 */
{
  let last = null;

  const boxes = () => [...document.querySelectorAll("tbody [data-select]")];

  const tell = () => {
    const count = boxes().filter((box) => box.checked).length;
    for (const place of document.querySelectorAll("[data-selected-count]"))
      place.textContent = count === 0 ? "" : `${place.previousSibling ? ", " : ""}${count} selected`;
    const all = document.querySelector("[data-select-all]");
    if (!all) return;
    all.checked = count > 0 && count === boxes().length;
    all.indeterminate = count > 0 && count < boxes().length;
  };

  document.addEventListener("click", (event) => {
    const box = event.target.closest("tbody [data-select]");
    if (box && event.shiftKey && last?.isConnected) {
      const all = boxes();
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
      for (const between of all.slice(from, to + 1)) between.checked = box.checked;
    }
    if (box) last = box;
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-all]")) for (const box of boxes()) box.checked = event.target.checked;
    if (event.target.matches("[data-select-all], [data-select]")) tell();
  });
  document.addEventListener("htmx:after:swap", tell);
}
