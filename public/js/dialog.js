/*
 * #dialog: what htmx puts into it opens as a modal; it is emptied when it closes, so that an old answer is never shown
 * again. The same address opened without JavaScript is a page of its own.
 */
{
  const dialog = document.getElementById("dialog");

  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.detail.ctx.target;
    if (dialog && target === dialog && dialog.childElementCount > 0 && !dialog.open) dialog.showModal();
    if (!dialog?.open || !dialog.contains(target)) return;
    dialog.querySelector("[aria-invalid='true'], [autofocus]")?.focus();
  });

  dialog?.addEventListener("close", () => dialog.replaceChildren());

  // A click on the backdrop is a click on the dialog itself, outside of its box.
  dialog?.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
    if (event.target !== dialog) return;
    const box = dialog.getBoundingClientRect();
    const isInside =
      event.clientX >= box.left &&
      event.clientX <= box.right &&
      event.clientY >= box.top &&
      event.clientY <= box.bottom;
    if (!isInside) dialog.close();
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
