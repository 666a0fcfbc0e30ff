/*
 * [data-conf] of the trigger form: the fields and the JSON below them say the same. A change of a field writes the JSON;
 * a change of the JSON is taken over into the fields, or, where a field cannot hold it, instead of them.
 */
{
  const readers = {
    boolean: (field) => field.checked,
    number: (field) => Number(field.value),
    integer: (field) => Number(field.value),
    lines: (field) => field.value.split("\n").filter((line) => line !== ""),
    json: (field) => JSON.parse(field.value),
    choice: (field) => JSON.parse(field.selectedOptions[0].dataset.choice),
  };

  const plain = ["text", "multiline", "number", "integer", "date", "time"];
  const fieldsOf = (form) => [...form.querySelectorAll("[data-param]")];

  const toJson = (form) => {
    const conf = {};
    for (const field of fieldsOf(form)) {
      const { param } = field.dataset;
      const name = field.name.replace("param.", "");
      if (param === "choices") {
        conf[name] ??= [];
        if (field.checked) conf[name].push(JSON.parse(field.dataset.choice));
      } else if (param === "boolean" || field.value !== "") {
        try {
          conf[name] = (readers[param] ?? ((one) => one.value))(field);
        } catch {
          // Half typed: the field itself is what will be sent.
        }
      }
    }
    form.elements.conf.value = JSON.stringify(conf, null, 2);
    form.elements.use_conf.checked = false;
  };

  const toFields = (form) => {
    form.elements.use_conf.checked = true;
    const conf = JSON.parse(form.elements.conf.value);
    for (const field of fieldsOf(form)) {
      const value = conf[field.name.replace("param.", "")];
      const text = typeof value === "string" ? value : JSON.stringify(value ?? "");
      if (field.dataset.param === "boolean") field.checked = value === true;
      else if (plain.includes(field.dataset.param)) field.value = value === undefined ? "" : text;
    }
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form:has([data-conf])");
    if (form && event.target.matches("[data-param]")) toJson(form);
    if (!form || event.target.name !== "conf") return;
    try {
      toFields(form);
    } catch {
      // Not JSON yet.
    }
  });
}
