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

  // What has ended opens at its top, where its error stands; what still runs opens where the news come.
  const end = document.querySelector("[data-log-end][data-live]");
  if (end && !location.hash) end.scrollIntoView({ block: "nearest" });

  // A link to a line that is not among those shown: ask for those around it.
  const line = /^#L(\d+)$/.exec(location.hash)?.[1];
  const address = new URL(location.href);
  const isElsewhere = line && document.querySelector("[data-log]") && !document.getElementById(`L${line}`);
  if (isElsewhere && address.searchParams.get("line") !== line) {
    address.searchParams.delete("from");
    address.searchParams.set("line", line);
    location.replace(address);
  }
}
