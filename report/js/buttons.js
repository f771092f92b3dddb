"use strict";
// Buttons that copy or save text.

// A button that writes the text of a block to the clipboard, and what became of it beside it.
// Where the page may not write there, the text is selected for the reader to copy.
function copyButton(label, block) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  const said = document.createElement("span");
  said.className = "said-copy soft";
  said.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(block.textContent);
      said.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(block);
      block.focus();
      said.textContent = "This page may not use the clipboard. The text is selected: copy it with Ctrl+C or ⌘C.";
    }
  });
  const both = document.createDocumentFragment();
  both.append(button, " ", said);
  return both;
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
