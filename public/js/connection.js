/*
 * When the server cannot be reached, a bar says so until an answer comes again. Refusals bring their own message from
 * the server (a toast, or the form with its errors), so they need nothing here.
 */
{
  const bar = document.getElementById("offline");

  document.addEventListener("htmx:error", (event) => {
    if (bar && event.detail.ctx) bar.hidden = false;
  });
  document.addEventListener("htmx:after:request", () => {
    if (bar) bar.hidden = true;
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest(".toast")?.remove();
  });
}
