/*
 * [data-log]: while a log is followed, new lines keep the end in view, but only for a reader who is at the end already.
 */
{
  const NEAR = 120;
  let wasAtEnd = false;

  const isAtEnd = () => window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - NEAR;

  document.addEventListener("htmx:before:swap", (event) => {
    if (event.target.closest?.("[data-log]")) wasAtEnd = isAtEnd();
  });

  document.addEventListener("htmx:after:swap", (event) => {
    if (wasAtEnd && event.target.closest?.("[data-log]"))
      window.scrollTo({ top: document.documentElement.scrollHeight });
  });

  const end = document.querySelector("[data-log-end]");
  if (end && !location.hash) end.scrollIntoView({ block: "nearest" });
}
