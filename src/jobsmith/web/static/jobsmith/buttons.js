// Job buttons without a page load: ask, press, say what came of it. Without this the forms do.

const GENERAL = "That did not work. Try again, or reload the page.";

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-jobsmith-button]");
  if (!form) return;
  event.preventDefault();
  if (form.dataset.asks) ask(form);
  else press(form);
});

function ask(form) {
  const dialog = made("dialog", "jsm-asks");
  const answer = made("form");
  answer.method = "dialog";
  const back = made("button", "jsm-jb", "Back");
  const run = made("button", "jsm-jb primary", "Run");
  run.value = "run";
  answer.append(back, run);
  dialog.append(made("p", "", form.dataset.asks), answer);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue === "run") press(form);
  });
  document.body.append(dialog);
  dialog.showModal();
  run.focus();
}

async function press(form) {
  const button = form.querySelector("button");
  const body = new URLSearchParams(new FormData(form));
  body.set("_confirmed", "yes");
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body });
    const told = await answer.json();
    if (answer.ok) say(told.message, told.address, told.link);
    else complain(told.detail || GENERAL);
  } catch {
    complain(GENERAL);
  }
  button.disabled = false;
  form.closest("details")?.removeAttribute("open");
}

function complain(sentence) {
  say(sentence, "", "", true);
}

function say(sentence, address, named, bad) {
  document.querySelector(".jsm-said")?.remove();
  const toast = made("div", bad ? "jsm-said bad" : "jsm-said");
  toast.setAttribute("role", bad ? "alert" : "status");
  toast.append(made("span", "", sentence));
  if (address) {
    const link = made("a", "", named);
    link.href = address;
    toast.append(link);
  }
  const close = made("button", "", "×");
  close.type = "button";
  close.setAttribute("aria-label", "Close");
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  document.body.append(toast);
}

function made(name, look = "", text = "") {
  const element = document.createElement(name);
  if (look) element.className = look;
  element.textContent = text;
  return element;
}
