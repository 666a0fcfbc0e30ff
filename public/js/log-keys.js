/* [data-log-wrap] and "w": long lines of a log wrap or scroll. "[" and "]" go to the error before and after. */
{
  const toggle = () => {
    const button = document.querySelector("[data-log-wrap]");
    if (!button) return;
    const isOn = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(isOn));
    button.closest("[data-log]").classList.toggle("is-unwrapped", !isOn);
  };

  const toError = (step) => {
    const errors = [...document.querySelectorAll(".log-line.level-error > .log-number")];
    const at = errors.indexOf(document.activeElement);
    const next = errors[at === -1 ? (step > 0 ? 0 : errors.length - 1) : at + step];
    next?.focus();
    next?.scrollIntoView({ block: "center" });
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-log-wrap]")) toggle();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !document.documentElement.dataset.keys) return;
    if (!document.querySelector("[data-log]") || event.target.closest("input, textarea, select, dialog")) return;
    if (event.key === "w") toggle();
    if (event.key === "[" || event.key === "]") toError(event.key === "]" ? 1 : -1);
  });
}
