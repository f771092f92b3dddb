"use strict";
// Light or dark mode, and details that are opened to be printed.

(() => {
  const root = document.documentElement;
  const button = document.getElementById("look");
  const dark = () =>
    (root.dataset.look || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const name = () => { button.textContent = dark() ? "Light mode" : "Dark mode"; };

  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.look = dark() ? "light" : "dark";
    name();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", name);
  name();

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open], .numbers, .pictured, .claim, .rests, nav *)")];
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
})();
