// <jsm-pick>: a combobox over the <select> inside it, which stays what is sent.
const WAIT = 150;

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
    Object.assign(this.input, { id, autocomplete: "off", type: "text", placeholder: this.many ? "Add" : "Choose" });
    Object.assign(this.list, { id: `${id}_list`, hidden: true });
    const roles = { role: "combobox", "aria-expanded": "false", "aria-controls": this.list.id, "aria-autocomplete": "list" };
    for (const name of ["aria-describedby", "aria-invalid"])
      if (this.select.hasAttribute(name)) roles[name] = this.select.getAttribute(name);
    for (const [name, said] of Object.entries(roles)) this.input.setAttribute(name, said);
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.label?.firstChild?.textContent.trim() ?? "Choices");
    if (this.many) this.list.setAttribute("aria-multiselectable", "true");
    this.holder.append(this.input);
    this.append(this.holder, this.list);
    this.input.addEventListener("input", () => this.search());
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
  }

  async open(words = "") {
    const asked = (this.asking = {});
    const found = "remote" in this.dataset ? await this.remote(words) : this.local(words);
    if (asked !== this.asking || !this.contains(document.activeElement)) return;
    const chosen = new Set(this.chosen.map((each) => each.value));
    this.list.replaceChildren(...found.map((each, i) => this.item(each, i, chosen)));
    if (!found.length) {
      const none = make("li", "none");
      none.setAttribute("role", "option");
      none.setAttribute("aria-disabled", "true");
      none.textContent = "Nothing found";
      this.list.append(none);
    }
    this.list.hidden = false;
    this.at = -1;
    this.input.setAttribute("aria-expanded", "true");
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
    const match = (each) => each.text.toLowerCase().includes(words.toLowerCase());
    return all.filter(match).map((each) => ({ id: each.value, text: each.text }));
  }

  async remote(words) {
    const form = this.closest("form");
    const query = new URLSearchParams({ job: form.dataset.job, variable: this.dataset.variable, q: words });
    const params = JSON.parse(this.select.dataset.queryParams ?? "{}");
    for (const said of Object.values(params))
      if (typeof said === "string" && said.startsWith("$"))
        query.set(`v_${said.slice(1)}`, form.elements[said.slice(1)]?.value ?? "");
    try {
      const answer = await fetch(`${form.dataset.objects}?${query}`);
      return answer.ok ? (await answer.json()).results : this.local(words);
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
    } else if (event.key === "Enter" && !this.list.hidden) {
      event.preventDefault();
      const item = items[Math.max(this.at, 0)];
      if (item) this.choose(item.dataset.value, item.textContent);
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
