/* A field of a filter is marked as wrong for as long as the list beside it says so. */
document.addEventListener("htmx:after:swap", () => {
  for (const field of document.querySelectorAll(".filters [aria-invalid]"))
    if (!document.getElementById(field.getAttribute("aria-describedby"))) field.removeAttribute("aria-invalid");
});
