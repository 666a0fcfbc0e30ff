/*
 * #dialog: what htmx puts into it opens as a modal; it is emptied when it closes, so that an old answer is never shown
 * again. The same address opened without JavaScript is a page of its own.
 */
{
  const dialog = document.getElementById("dialog");

  // Where the browser would begin if the button that closes did not stand first; a danger is not one key away.
  const begin =
    ":is(input:not([type=hidden], [type=radio]:not(:checked)), select, textarea), .form-foot :is(.primary, :has(~ .danger))";

  let isChanged = false;
  let isPressedOutside = false;

  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.detail.ctx.target;
    const isNew = dialog && target === dialog && dialog.childElementCount > 0 && !dialog.open;
    if (isNew) dialog.showModal();
    isChanged &&= !isNew;
    if (!dialog?.open || !dialog.contains(target)) return;
    const first = dialog.querySelector("[aria-invalid='true'], [autofocus]");
    (first ?? (isNew ? dialog.querySelector(begin) : null))?.focus();
  });

  // Told of later than it happens: what was opened since stays.
  dialog?.addEventListener("close", () => dialog.open || dialog.replaceChildren());
  dialog?.addEventListener("input", (event) => {
    isChanged ||= !event.target.matches("[data-palette-input]");
  });

  // The backdrop is the dialog itself, outside of its box. A selection that is dragged out of a field ends there too, and
  // what was typed is not to be lost by a slip: then only Escape and the buttons close.
  const isOutside = ({ target, clientX, clientY }) => {
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    return target === dialog && (clientX < left || clientX > right || clientY < top || clientY > bottom);
  };
  dialog?.addEventListener("pointerdown", (event) => {
    isPressedOutside = isOutside(event);
  });
  dialog?.addEventListener("click", (event) => {
    const closes = event.target.closest("[data-close]");
    if (closes) event.preventDefault();
    if (closes || (isPressedOutside && !isChanged && isOutside(event))) dialog.close();
  });

  // Native menus made of <details> close when something else is clicked, or with Escape.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.actions-menu[open]")) {
      if (!menu.contains(event.target) || event.target.closest("[hx-get]")) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.actions-menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}
