/*
 * [data-live-socket]: an address that tells when there is news, so that a page need not ask every two seconds. It only
 * hastens live.js: regions are asked for the same way, and while the socket is away they are polled as ever.
 */
{
  const REST_MS = 500;
  const MAX_WAIT_MS = 60_000;
  let socket = null;
  let waitMs = 1_000;
  let tellAgain = 0;

  const isPaused = () => document.querySelector("[data-live-toggle]")?.getAttribute("aria-pressed") === "false";
  const tell = () => {
    if (document.hidden || isPaused()) return;
    for (const region of document.querySelectorAll("[data-live-socket]")) region.dispatchEvent(new CustomEvent("poll"));
  };

  const connect = () => {
    const address = document.querySelector("[data-live-socket]")?.dataset.liveSocket;
    if (socket || !address || document.hidden) return;
    socket = new WebSocket(location.origin.replace(/^http/, "ws") + address);
    socket.addEventListener("open", () => {
      waitMs = 1_000;
      document.documentElement.dataset.pushed = "";
    });
    socket.addEventListener("message", () => {
      // At once, and again when it is quiet: a request under way would miss what came meanwhile.
      if (tellAgain === 0) tell();
      clearTimeout(tellAgain);
      tellAgain = setTimeout(() => {
        tellAgain = 0;
        tell();
      }, REST_MS);
    });
    socket.addEventListener("close", () => {
      socket = null;
      delete document.documentElement.dataset.pushed;
      setTimeout(connect, waitMs);
      waitMs = Math.min(MAX_WAIT_MS, 2 * waitMs);
    });
  };

  document.addEventListener("visibilitychange", connect);
  connect();
}
