/*
 * <time data-relative>: "3 min ago" stays true while the page is open. [data-since]: a duration that still grows.
 * The wording is that of src/web/format.ts; the server's clock is taken, so a wrong clock here shows no wrong ages.
 */
{
  const units = [
    [86_400, "d"],
    [3_600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  const skew = Number(document.documentElement.dataset.now) - Date.now();

  const relative = (ms) => {
    const seconds = Math.round(Math.abs(ms) / 1000);
    if (seconds < 1) return "now";
    const [size, unit] = units.find(([length]) => seconds >= length);
    const text = `${Math.floor(seconds / size)} ${unit}`;
    return ms > 0 ? `in ${text}` : `${text} ago`;
  };

  const duration = (ms) => {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const hours = Math.floor(seconds / 3600);
    if (hours >= 24) return `${Math.floor(hours / 24)}d ${hours % 24}h`;
    const minutes = Math.floor((seconds % 3600) / 60);
    if (hours > 0) return `${hours}h ${String(minutes).padStart(2, "0")}m`;
    return minutes > 0 ? `${minutes}m ${String(seconds % 60).padStart(2, "0")}s` : `${seconds} s`;
  };

  const update = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };

  const tick = () => {
    if (document.hidden) return;
    const now = Date.now() + skew;
    for (const element of document.querySelectorAll("time[data-relative]")) {
      update(element, relative(Date.parse(element.dateTime) - now));
    }
    for (const element of document.querySelectorAll("[data-since]")) {
      update(element, duration(now - Number(element.dataset.since)));
    }
  };

  setInterval(tick, 1000);
}
