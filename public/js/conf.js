/*
 * [data-conf] of the trigger form: a change of a field writes the JSON below the fields, as the form would send it. What is
 * empty is left out, unless [data-empty] says that it counts.
 */
{
  const dayMs = 86_400_000;
  // Swedish writes dates as inputs do.
  const clockAt = (at, timeZone) => new Date(at).toLocaleString("sv", { timeZone }).replace(" ", "T");
  const offsetAt = (at, zone) => Date.parse(`${clockAt(at, zone)}Z`) - at;

  // As the server does: what a change of the clocks skips lies after it, what it repeats is meant the second time.
  const instantOf = ({ value, dataset: { zone } }) => {
    const local = Date.parse(`${value}Z`);
    const [before, after] = [-dayMs, dayMs].map((ms) => local - offsetAt(local + ms, zone));
    return new Date(after + offsetAt(after, zone) === local ? after : before).toISOString();
  };

  const readers = {
    boolean: (field) => field.checked,
    number: (field) => Number(field.value),
    integer: (field) => Number(field.value),
    lines: (field) => field.value.split("\n").filter((line) => line !== ""),
    datetime: instantOf,
    json: (field) => JSON.parse(field.value),
    choice: (field) => JSON.parse(field.selectedOptions[0].dataset.choice),
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-param]")?.closest("form:has([data-conf])");
    if (!form) return;
    const conf = {};
    for (const field of form.querySelectorAll("[data-param]")) {
      const { param, choice, empty } = field.dataset;
      const name = field.name.replace("param.", "");
      if (param === "choices") {
        conf[name] ??= [];
        if (field.checked) conf[name].push(JSON.parse(choice));
      } else if (field.value || empty) {
        try {
          conf[name] = (readers[param] ?? ((one) => one.value))(field);
        } catch {
          // Half typed: the field itself is what will be sent.
        }
      }
    }
    form.elements.conf.value = JSON.stringify(conf, null, 2);
    form.elements.use_conf.checked = false;
  });
}
