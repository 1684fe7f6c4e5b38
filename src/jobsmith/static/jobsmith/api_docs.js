// Light or dark as chosen on our pages, else as the system has it.
const system = matchMedia("(prefers-color-scheme: dark)");
const chosen = /(?:^|; )jobsmith_theme=(light|dark)/.exec(document.cookie)?.[1];
const show = () =>
  document.documentElement.classList.toggle("dark-mode", chosen ? chosen === "dark" : system.matches);
system.addEventListener("change", show);
show();
