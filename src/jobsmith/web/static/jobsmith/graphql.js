// The GraphQL explorer: sends the query, shows the answer, and lists what the schema offers.
const form = document.querySelector("[data-graphql]");
const part = (name) => document.querySelector(`[data-${name}]`);
const TYPE = "name kind ofType { name kind ofType { name kind ofType { name } } }";
const SCHEMA = `{ __schema {
  queryType { fields { name args { name type { ${TYPE} } } type { ${TYPE} } } }
  mutationType { fields { name args { name type { ${TYPE} } } type { ${TYPE} } } }
  types { name fields { name type { ${TYPE} } } }
} }`;

const ask = async (query, variables) => {
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch(form.getAttribute("action"), {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify({ query, variables }),
  });
  const text = await answer.text();
  try {
    return { status: answer.status, body: JSON.parse(text) };
  } catch {
    return { status: answer.status, body: { detail: "The server answered with something that is no JSON." } };
  }
};

// A refusal of the whole request is a sentence; errors of a query belong to the answer.
const sentence = ({ status, body }) =>
  body.detail ?? (status === 501 ? body.errors?.[0]?.message : undefined) ?? "";

const variables = () => {
  const text = form.elements.variables.value.trim();
  const told = part("bad-variables");
  told.textContent = "";
  form.elements.variables.removeAttribute("aria-invalid");
  try {
    return text ? JSON.parse(text) : {};
  } catch (error) {
    told.textContent = `The variables are no JSON: ${error.message}`;
    form.elements.variables.setAttribute("aria-invalid", "true");
    form.elements.variables.focus();
    return null;
  }
};

const show = (said, text, status) => {
  part("refusal").hidden = !said;
  part("refusal").textContent = said;
  part("answer").hidden = !!said;
  part("answer").textContent = text;
  part("status").textContent = status;
};

const run = async () => {
  const given = variables();
  if (given === null) return;
  const began = performance.now();
  part("status").textContent = "Asking";
  try {
    const answer = await ask(form.elements.query.value, given);
    const took = Math.round(performance.now() - began);
    show(sentence(answer), JSON.stringify(answer.body, null, 2), `${answer.status}, ${took} ms`);
  } catch {
    show("The server does not answer. Try again in a few seconds.", "", "");
  }
};

const make = (tag, text = "", look = "") => {
  const found = document.createElement(tag);
  found.textContent = text;
  if (look) found.className = look;
  return found;
};

const word = (type) => (type.name ? type.name : type.kind === "LIST" ? `[${word(type.ofType)}]` : `${word(type.ofType)}!`);
const core = (type) => (type.ofType ? core(type.ofType) : type.name);

const entries = (title, rows) => {
  if (!rows?.length) return [];
  const list = make("ul", "", "jsm-mono");
  for (const each of rows) {
    const item = make("li", `${each.name} `);
    item.append(make("span", word(each.type), "jsm-muted"));
    list.append(item);
  }
  return [make("p", title, "jsm-hint"), list];
};

const field = (each, types) => {
  const entry = make("details");
  entry.dataset.name = each.name;
  const summary = make("summary", each.name, "jsm-mono");
  entry.append(summary);
  entry.addEventListener(
    "toggle",
    () => entry.append(...entries("Fields", types.get(core(each.type))), ...entries("Arguments", each.args)),
    { once: true },
  );
  return entry;
};

const list = (schema) => {
  const types = new Map(schema.types.map((each) => [each.name, each.fields]));
  const place = part("schema-list");
  place.replaceChildren();
  for (const [title, root] of [["Queries", schema.queryType], ["Mutations", schema.mutationType]]) {
    if (!root?.fields.length) continue;
    place.append(make("h3", title), ...root.fields.map((each) => field(each, types)));
  }
  part("schema-tools").hidden = false;
  part("schema-find").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const entry of place.querySelectorAll("details")) entry.hidden = !entry.dataset.name.includes(wanted);
  });
};

const describe = async () => {
  try {
    const answer = await ask(SCHEMA, {});
    const said = sentence(answer);
    if (answer.body.data?.__schema) list(answer.body.data.__schema);
    else part("schema-list").replaceChildren(make("p", said || "The schema could not be read.", "jsm-hint in"));
    if (answer.status === 501) show(said, "", "");
  } catch {
    part("schema-list").replaceChildren(make("p", "The schema could not be read.", "jsm-hint in"));
  }
  part("schema").removeAttribute("aria-busy");
};

if (form) {
  part("keys").hidden = false;
  form.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    run();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    }
  });
  describe();
}
