// What every page has: theme, dialogs, keys.

class JsmTheme extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      this.choose(event.submitter.value);
    });
  }

  choose(theme) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    const life = theme ? 31536000 : 0;
    document.cookie = `jobsmith_theme=${theme}; Path=/; Max-Age=${life}; SameSite=Lax${secure}`;
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    for (const button of document.querySelectorAll("jsm-theme button"))
      button.setAttribute("aria-pressed", button.value === theme);
  }
}
customElements.define("jsm-theme", JsmTheme);

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  const dialog = opener && document.getElementById(opener.dataset.opens);
  if (!dialog) return;
  event.preventDefault();
  dialog.showModal();
});

const sheet = document.getElementById("jsm-keys");
const wanted = document.getElementById("jsm-keys-on");
const OFF = "jobsmith_keys_off";
if (wanted) {
  wanted.checked = !localStorage.getItem(OFF);
  wanted.addEventListener("change", () =>
    wanted.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1"),
  );
}

const KEYS = {
  "/": () => document.querySelector("[data-search]")?.focus(),
  j: () => location.assign(sheet.dataset.jobs),
  r: () => location.assign(sheet.dataset.runs),
  "?": () => sheet.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (!sheet || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]"))
    return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const act = KEYS[event.key];
  if (!act || (!wanted.checked && event.key !== "?")) return;
  event.preventDefault();
  act();
});

for (const button of document.querySelectorAll("[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  const label = button.querySelector("span");
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      label.textContent = "Copied";
    } catch {
      // Plain HTTP has no clipboard: the text is selected, the reader's own keys do the rest.
      label.textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl+C";
    }
  });
}
