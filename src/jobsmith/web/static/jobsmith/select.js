// Choosing rows of a list: how many are ticked, and all of them at once.
const bar = document.getElementById("jsm-bulk");
if (bar) {
  const told = bar.querySelector("[data-chosen]");
  const all = bar.querySelector("[data-all]");
  const boxes = () => [...document.querySelectorAll('input[name="pk"][form="jsm-bulk"]')];

  const tell = () => {
    const count = boxes().filter((each) => each.checked).length;
    told.textContent = count ? `${count} chosen` : "Tick what you mean";
    all.textContent = boxes().every((each) => each.checked) ? "Untick all" : "Tick all on this page";
    for (const button of bar.querySelectorAll("[type=submit]")) button.disabled = !count;
  };

  all.hidden = false;
  all.addEventListener("click", () => {
    const tick = boxes().some((each) => !each.checked);
    for (const each of boxes()) each.checked = tick;
    tell();
  });
  document.addEventListener("change", tell);
  document.body.addEventListener("htmx:afterSettle", tell);
  window.addEventListener("pageshow", tell);
  tell();
}
