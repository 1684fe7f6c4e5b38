// Forms: fields that depend on others, and the command that says the same.
// The server applies every rule again; without this script all fields are shown.

const form = document.querySelector("[data-run-form]");
if (form) {
  const fields = () => [...form.querySelectorAll("[data-field]")];
  const inputs = (name) => [...form.elements].filter((each) => each.name === name);

  const value = (name) => {
    const found = inputs(name);
    const one = found[0];
    if (!one) return null;
    if (one.type === "checkbox" && !one.closest("fieldset.in")) return one.checked;
    if (one.type === "checkbox") return found.filter((each) => each.checked).map((each) => each.value);
    if (one.type === "radio") return found.find((each) => each.checked)?.value ?? "";
    if (one.multiple) return [...one.selectedOptions].map((each) => each.value);
    return one.value;
  };

  const same = (has, wanted) =>
    typeof has === "boolean" || typeof wanted === "boolean"
      ? has === wanted || (typeof has === "string" && has === String(wanted))
      : String(has) === String(wanted);

  const holds = (condition) =>
    Object.entries(condition).every(([name, wanted]) => {
      const has = [value(name)].flat();
      return [wanted].flat().some((each) => has.some((one) => same(one, each)));
    });

  const rule = (field, name) => {
    const said = field.querySelector(`[data-${name}]`)?.getAttribute(`data-${name}`);
    return said ? JSON.parse(said) : null;
  };

  const apply = () => {
    for (const field of fields()) {
      const show = rule(field, "show-when");
      if (show) field.hidden = !holds(show);
      const need = rule(field, "required-when");
      const mark = field.querySelector(".opt");
      if (need && mark) mark.hidden = holds(need);
    }
    speak();
  };

  const quote = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);

  const typed = (kind, has) => {
    if (["IntegerVar", "FloatVar"].includes(kind) && has !== "" && !isNaN(has)) return +has;
    if (kind === "JSONVar") {
      try {
        return JSON.parse(has);
      } catch {
        return has;
      }
    }
    return has;
  };

  const answers = () => {
    const found = {};
    for (const field of fields()) {
      const { field: name, type } = field.dataset;
      const has = value(name);
      if (field.hidden || ["SecretVar", "FileVar"].includes(type)) continue;
      if (has === null || has === "" || has === "null" || (Array.isArray(has) && !has.length)) continue;
      found[name] = typed(type, has);
    }
    return found;
  };

  // JSON is given as JSON, and several values by as many words
  const asWords = (name, has) => {
    if (form.querySelector(`#f-${name}`).dataset.type === "JSONVar") return [`${name}:=${quote(value(name))}`];
    return [has].flat().map((each) => `${name}=${quote(String(each))}`);
  };

  const speak = () => {
    const command = form.querySelector("[data-command]");
    if (!command) return;
    const said = answers();
    const curl = form.querySelector("[data-curl]");
    const words = Object.entries(said).flatMap(([name, has]) => asWords(name, has));
    command.textContent = [command.dataset.command, ...words].join(" \\\n  ");
    curl.textContent = [
      `curl -X POST ${quote(curl.dataset.curl)}`,
      '-H "Authorization: Token $JOBSMITH_TOKEN"',
      '-H "Content-Type: application/json"',
      `-d ${quote(JSON.stringify({ data: said }))}`,
    ].join(" \\\n  ");
  };

  form.addEventListener("input", apply);
  form.addEventListener("change", (event) => {
    apply();
    for (const field of fields())
      if (field.dataset.depends?.split(" ").includes(event.target.name))
        field.dispatchEvent(new CustomEvent("jsm:refresh"));
  });
  document.body.addEventListener("htmx:afterSettle", apply);
  form.addEventListener("submit", () => {
    const button = form.querySelector(".jsm-btn.hot");
    setTimeout(() => (button.disabled = true));
  });
  window.addEventListener("pageshow", () => (form.querySelector(".jsm-btn.hot").disabled = false));
  apply();
}

const edit = document.querySelector("[data-edit-form]");
if (edit) {
  const follow = () => {
    for (const row of edit.querySelectorAll(".jsm-row")) {
      const held = row.querySelector('[name$="_override"]').checked;
      row.classList.toggle("held", held);
    }
  };
  // Whoever changes a value means to hold it.
  edit.addEventListener("input", (event) => {
    const box = event.target.closest(".jsm-f")?.parentElement.querySelector('[name$="_override"]');
    if (box) box.checked = true;
    follow();
  });
  follow();
}

document.getElementById("jsm-errors")?.focus();
