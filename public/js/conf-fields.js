/*
 * [data-conf] of the trigger form: a change of the JSON is taken over into the fields, or, where a field cannot hold it,
 * instead of them. What the JSON does not name shows its default, which is what it will have.
 */
{
  const textOf = (value) => (typeof value === "string" ? value : JSON.stringify(value ?? undefined)) ?? "";
  const writers = {
    lines: (value) => [value ?? []].flat().map(textOf).join("\n"),
    datetime: (value, { dataset: { zone } }) =>
      new Date(Date.parse(value)).toLocaleString("sv", { timeZone: zone }).replace(" ", "T").slice(0, 16),
    json: (value) => JSON.stringify(value, null, 2) ?? "",
    choice: (value, { options }) =>
      [...options].find(({ dataset }) => dataset.choice === JSON.stringify(value))?.value ?? "",
  };

  const toField = (field, value) => {
    const { param, choice } = field.dataset;
    if (param === "boolean") field.checked = value === true;
    else if (param === "choices") field.checked = [value].flat().some((one) => JSON.stringify(one) === choice);
    else field.value = (writers[param] ?? textOf)(value, field);
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form:has([data-conf])");
    if (!form || event.target.name !== "conf") return;
    form.elements.use_conf.checked = true;
    try {
      const conf = JSON.parse(event.target.value);
      for (const field of form.querySelectorAll("[data-param]")) {
        const name = field.name.replace("param.", "");
        const { fallback } = field.dataset;
        toField(field, name in conf ? conf[name] : fallback && JSON.parse(fallback));
      }
    } catch {
      // Not JSON yet.
    }
  });
}
