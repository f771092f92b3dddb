"use strict";
// Tables: sorted by a column's button, matrices by what they show, texts to copy.

(() => {
  // What a cell sorts by: its text or number; of a matrix the last method's, in the first line shown.
  function key(cell) {
    const lines = [...cell.children].filter((line) => line.querySelector("[data-value]"));
    const shown = lines.find((line) => line.offsetParent);
    if (shown) return Number([...shown.querySelectorAll("[data-value]")].at(-1).dataset.value);
    const text = cell.textContent.trim();
    const number = Number(text.replaceAll(",", "").replaceAll("−", "-").split(" ")[0].split("–")[0]);
    return text !== "" && !Number.isNaN(number) ? number : text;
  }

  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a === "number") return -1;
    if (typeof b === "number") return 1;
    return a.localeCompare(b, "en", { numeric: true });
  }

  function sort(table, head, column) {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows].map((row) => [key(row.cells[column]), row]);
    rows.sort(([a], [b]) => (down ? compare(b, a) : compare(a, b)));
    table.tBodies[0].append(...rows.map(([, row]) => row));
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      if (head.dataset.sorted === "never") return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.title = table.classList.contains("matrix") ? "Sort by the last method" : "Sort";
      button.addEventListener("click", () => sort(table, head, column));
      head.append(button);
    });
  }

  let count = 0;
  for (const matrix of document.querySelectorAll(".matrix-of")) {
    const table = matrix.querySelector("table");
    const tools = document.getElementById("matrix-tools").content.cloneNode(true);
    const name = `show-${(count += 1)}`;
    for (const radio of tools.querySelectorAll("[type=radio]")) {
      radio.name = name;
      if (matrix.dataset.printed === "false" && ["printed", "difference"].includes(radio.value)) {
        radio.parentElement.remove();
      }
      radio.addEventListener("change", () => { table.dataset.show = radio.value; });
    }
    const shaded = tools.querySelector("[type=checkbox]");
    shaded.addEventListener("change", () => table.classList.toggle("heat", shaded.checked));
    matrix.prepend(tools);
  }

  for (const texts of document.querySelectorAll(".texts")) {
    for (const block of texts.querySelectorAll("pre")) {
      block.before(copyButton(`Copy ${block.dataset.kind}`, block.textContent));
      if (block.dataset.kind === "CSV") {
        block.before(" ", saveCsv(texts.dataset.name, block));
      }
    }
  }
})();
