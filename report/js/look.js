"use strict";
// Light or dark mode, details that print opened, and buttons that copy or save.

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
    opened = [...document.querySelectorAll("details:not([open], .numbers, .pictured, .claim, nav *)")];
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
})();

// A button that writes text to the clipboard, and says so.
function copyButton(label, text) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "The browser refuses: select the text and copy it";
    }
    setTimeout(() => { button.textContent = label; }, 3000);
  });
  return button;
}

// A button that saves the numbers of an exhibit.
function saveCsv(name, block) {
  return saveButton("Download CSV", `${name}.csv`, "text/csv", () => block.textContent);
}

// A button that saves text as a file.
function saveButton(label, name, kind, text) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text()], { type: kind }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
  return button;
}
