"use strict";
// Tables: sorted by a column's button, matrices by what they show, texts to copy.

(() => {
  const MISSING = new Set(["", "–", "not run", "not judged"]);

  // What a cell sorts by: its number or text, and null where it is missing. Of a matrix it is the
  // last value of the first line that is shown.
  function key(cell) {
    const lines = [...cell.querySelectorAll(".cell > span")].filter((line) => line.querySelector("[data-value]"));
    const shown = lines.find((line) => line.offsetParent);
    if (shown) return Number([...shown.querySelectorAll("[data-value]")].at(-1).dataset.value);
    return toKey(cell.textContent.trim());
  }

  // "4 of 8" is a share, "< 0.001" a small number, "2.8–7.7" and "1 to 3" begin with a number.
  function toKey(text) {
    if (MISSING.has(text)) return null;
    const plain = text.replaceAll(",", "").replaceAll("−", "-");
    const share = plain.match(/^(\d+) of (\d+)/);
    if (share) return Number(share[1]) / Number(share[2]);
    const number = plain.match(/^(<\s*)?([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf)(?=$|[\s–%(])/);
    if (!number) return text;
    return (number[2] === "inf" ? Infinity : Number(number[2])) * (number[1] ? 0.999 : 1);
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
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return down ? compare(b, a) : compare(a, b);
    });
    table.tBodies[0].append(...rows.map(([, row]) => row));
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.title = table.classList.contains("matrix") ? "Sort by the last number that is shown" : "Sort";
      button.addEventListener("click", () => sort(table, head, column));
      head.append(button);
    });
  }

  // Of the cells of a matrix that are links one is a stop of the Tab key; arrow keys go to the others.
  const STEPS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
  for (const table of document.querySelectorAll("table.matrix:has(a.cell)")) {
    const links = [...table.querySelectorAll("a.cell")];
    for (const link of links.slice(1)) link.tabIndex = -1;
    table.addEventListener("keydown", (event) => {
      const from = event.target.closest("a.cell");
      if (!from || !STEPS[event.key]) return;
      const [down, right] = STEPS[event.key];
      const cell = from.closest("td");
      const row = table.rows[cell.parentElement.rowIndex + down];
      const to = row?.cells[cell.cellIndex + right]?.querySelector("a.cell");
      if (!to) return;
      event.preventDefault();
      for (const link of links) link.tabIndex = link === to ? 0 : -1;
      to.focus();
    });
  }

  let count = 0;
  for (const matrix of document.querySelectorAll(".matrix-of")) {
    const table = matrix.querySelector("table");
    const tools = document.getElementById("matrix-tools").content.cloneNode(true);
    const name = `show-${(count += 1)}`;
    const lacks = [
      ...(matrix.dataset.printed === "false" ? ["both", "printed", "difference"] : []),
      ...(matrix.dataset.gains === "false" ? ["gain"] : []),
    ];
    for (const radio of tools.querySelectorAll("[type=radio]")) {
      radio.name = name;
      if (lacks.includes(radio.value)) radio.parentElement.remove();
      radio.addEventListener("change", () => { table.dataset.show = radio.value; });
    }
    const first = tools.querySelector("[type=radio]");
    first.checked = true;
    table.dataset.show = first.value;
    const shaded = tools.querySelector("[type=checkbox]");
    shaded.addEventListener("change", () => table.classList.toggle("heat", shaded.checked));
    matrix.prepend(tools);
  }

  unpack("texts").then((exhibits) => {
    for (const [name, texts] of Object.entries(exhibits)) {
      for (const [kind, text] of Object.entries(texts)) {
        document.querySelector(`.texts[data-name="${name}"] [data-kind="${kind}"]`).textContent = text;
      }
    }
  });
  for (const texts of document.querySelectorAll(".texts")) {
    for (const block of texts.querySelectorAll("pre")) {
      block.before(copyButton(`Copy ${block.dataset.kind}`, block));
      if (block.dataset.kind === "CSV") {
        block.before(" ", saveCsv(texts.dataset.name, block));
      }
    }
  }
})();
