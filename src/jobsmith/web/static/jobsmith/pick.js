// <jsm-pick>: a combobox over the <select> inside it, which stays what is sent.
const WAIT = 150;

// The very name first, then what begins so, then words that begin so, then the rest.
const rank = (text, words) => {
  const [has, asked] = [text.toLowerCase(), words.toLowerCase()];
  if (has === asked || has.split(" (")[0] === asked || has.endsWith(`(${asked})`)) return 0;
  if (has.startsWith(asked)) return 1;
  return has.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(asked)) ? 2 : 3;
};

// What a form says for a field, as the server reads it.
const answers = (form, name) => {
  const found = [...form.elements].filter((each) => each.name === name);
  if (found.length === 1 && found[0].type === "checkbox" && !found[0].closest("fieldset.in"))
    return [found[0].checked ? "True" : "False"];
  return new FormData(form).getAll(name).filter((each) => typeof each === "string");
};

class JsmPick extends HTMLElement {
  connectedCallback() {
    this.select = this.querySelector("select");
    if (!this.select || this.input) return;
    this.many = this.select.multiple;
    this.label = document.querySelector(`label[for="${this.select.id}"]`);
    this.build();
    this.show();
  }

  build() {
    const id = this.select.id;
    this.select.hidden = true;
    this.select.id = `${id}_select`;
    this.holder = make("div", "jsm-in jsm-tok");
    this.input = make("input");
    this.list = make("ul", "jsm-pop");
    const empty = [...this.select.options].find((each) => each.value === "")?.text ?? "";
    const placeholder = this.many ? "Add" : /^-*$/.test(empty) ? "Choose" : empty;
    Object.assign(this.input, { id, autocomplete: "off", type: "text", placeholder });
    Object.assign(this.list, { id: `${id}_list`, hidden: true });
    const roles = { role: "combobox", "aria-expanded": "false", "aria-controls": this.list.id, "aria-autocomplete": "list" };
    for (const name of ["aria-describedby", "aria-invalid"])
      if (this.select.hasAttribute(name)) roles[name] = this.select.getAttribute(name);
    for (const [name, said] of Object.entries(roles)) this.input.setAttribute(name, said);
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.label?.firstChild?.textContent.trim() ?? "Choices");
    if (this.many) this.list.setAttribute("aria-multiselectable", "true");
    this.holder.append(this.input);
    this.said = make("span", "jsm-vh");
    this.said.setAttribute("role", "status");
    this.append(this.holder, this.list, this.said);
    this.input.addEventListener("input", (event) => {
      event.stopPropagation(); // to look for something is not to answer
      this.search();
    });
    this.input.addEventListener("focus", () => this.select_all());
    this.input.addEventListener("click", () => this.open());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("focusout", (event) => {
      if (!this.contains(event.relatedTarget)) this.close();
    });
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const item = event.target.closest("[data-value]");
      if (item) this.choose(item.dataset.value, item.textContent);
    });
  }

  get chosen() {
    return [...this.select.selectedOptions].filter((each) => each.value !== "");
  }

  show() {
    for (const token of this.holder.querySelectorAll("span")) token.remove();
    if (!this.many) {
      this.input.value = this.chosen[0]?.text ?? "";
      return;
    }
    for (const option of this.chosen) {
      const token = make("span");
      const remove = make("button");
      remove.type = "button";
      remove.setAttribute("aria-label", `Remove ${option.text}`);
      remove.textContent = "×";
      remove.addEventListener("click", () => {
        option.selected = false;
        this.changed();
        this.input.focus();
      });
      token.append(option.text, remove);
      this.input.before(token);
    }
  }

  changed() {
    this.show();
    this.select.dispatchEvent(new Event("input", { bubbles: true }));
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  select_all() {
    if (!this.many) this.input.select();
  }

  search() {
    clearTimeout(this.typing);
    if (!this.many && this.input.value === "" && this.chosen.length) {
      this.select.value = "";
      this.changed();
    }
    this.typing = setTimeout(() => this.open(this.input.value), WAIT);
    this.stale = true;
  }

  async open(words = "") {
    const asked = (this.asking = {});
    clearTimeout(this.typing);
    const { results: found, more } = "remote" in this.dataset ? await this.remote(words) : this.local(words);
    if (asked !== this.asking || !this.contains(document.activeElement)) return;
    const chosen = new Set(this.chosen.map((each) => each.value));
    this.list.replaceChildren(...found.map((each, i) => this.item(each, i, chosen)));
    if (!found.length) this.list.append(this.remark("Nothing found"));
    if (more) this.list.append(this.remark("There are more: type to find them"));
    this.said.textContent = found.length ? `${more ? "More than " : ""}${found.length} found` : "Nothing found";
    this.list.hidden = false;
    this.stale = false;
    this.words = words;
    this.at = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-expanded", "true");
  }

  remark(text) {
    const made = make("li", "none");
    made.setAttribute("role", "option");
    made.setAttribute("aria-disabled", "true");
    made.textContent = text;
    return made;
  }

  item({ id, text }, i, chosen) {
    const made = make("li");
    made.id = `${this.list.id}_${i}`;
    made.setAttribute("role", "option");
    made.setAttribute("aria-selected", chosen.has(id));
    made.dataset.value = id;
    made.textContent = text;
    return made;
  }

  local(words) {
    const all = [...this.select.options].filter((each) => each.value !== "");
    const found = all.filter((each) => each.text.toLowerCase().includes(words.toLowerCase()));
    if (words) found.sort((one, other) => rank(one.text, words) - rank(other.text, words));
    return { results: found.map((each) => ({ id: each.value, text: each.text })), more: false };
  }

  async remote(words) {
    const address = new URL(this.dataset.remote, location.href);
    address.searchParams.set("q", words);
    const params = JSON.parse(this.select.dataset.queryParams ?? "{}");
    for (const said of Object.values(params))
      if (typeof said === "string" && said.startsWith("$"))
        for (const each of answers(this.closest("form"), said.slice(1)))
          address.searchParams.append(`v_${said.slice(1)}`, each);
    try {
      const answer = await fetch(address);
      return answer.ok ? await answer.json() : this.local(words);
    } catch {
      return this.local(words);
    }
  }

  choose(value, text) {
    let option = [...this.select.options].find((each) => each.value === value);
    if (!option) {
      option = new Option(text, value);
      this.select.add(option);
    }
    option.selected = this.many ? !option.selected : true;
    if (this.many) this.input.value = "";
    this.changed();
    this.close();
  }

  // What was typed a moment ago is looked up first: Enter never takes what stood there before.
  async take() {
    if (this.stale) await this.open(this.input.value);
    const item = this.list.querySelectorAll("[data-value]")[this.words ? Math.max(this.at, 0) : this.at];
    if (item) this.choose(item.dataset.value, item.textContent);
    else if (!this.words) this.close();
  }

  key(event) {
    const items = [...this.list.querySelectorAll("[data-value]")];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) return this.open();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.at = (this.at + step + items.length) % (items.length || 1);
      items.forEach((each, i) => each.classList.toggle("on", i === this.at));
      items[this.at]?.scrollIntoView({ block: "nearest" });
      if (items[this.at]) this.input.setAttribute("aria-activedescendant", items[this.at].id);
    } else if (event.key === "Enter" && (this.stale || !this.list.hidden)) {
      event.preventDefault();
      this.take();
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.close();
    } else if (event.key === "Backspace" && this.many && !this.input.value && this.chosen.length) {
      this.chosen.at(-1).selected = false;
      this.changed();
    }
    return undefined;
  }

  close() {
    this.asking = null;
    this.stale = false;
    this.said.textContent = "";
    clearTimeout(this.typing);
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    if (!this.many) this.show();
    else this.input.value = "";
  }
}

const make = (tag, name = "") => {
  const made = document.createElement(tag);
  if (name) made.className = name;
  return made;
};
customElements.define("jsm-pick", JsmPick);
