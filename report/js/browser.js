"use strict";
// Image by image: a clean and an adversarial image, their difference, and what models say.

(() => {
  const place = document.getElementById("browser");
  if (!place) return;
  const data = JSON.parse(document.getElementById("browser-data").textContent);
  const of = (name) => place.querySelector(`[data-of="${name}"]`);
  const targets = Object.keys(data.targets);

  function fill(select, texts) {
    const before = select.selectedIndex;
    select.replaceChildren(...texts.map((text, index) => new Option(text, index)));
    select.selectedIndex = Math.min(Math.max(before, 0), texts.length - 1);
  }

  async function pixels(uri, index) {
    const image = new Image();
    image.src = uri;
    await image.decode();
    const canvas = new OffscreenCanvas(data.side, data.side);
    const context = canvas.getContext("2d");
    context.drawImage(image, -index * data.side, 0);
    return context.getImageData(0, 0, data.side, data.side);
  }

  function draw(kind, values, text) {
    const canvas = of(kind);
    canvas.getContext("2d").putImageData(values, 0, 0);
    canvas.setAttribute("aria-label", text);
    canvas.nextElementSibling.textContent = text;
  }

  // The sprite holds 128 + factor × (adversarial − clean).
  function changed(clean, sprite, factor, base, amplified) {
    const values = new ImageData(data.side, data.side);
    for (let i = 0; i < values.data.length; i += 1) {
      const change = (sprite.data[i] - 128) / factor;
      values.data[i] = i % 4 === 3 ? 255 : base(clean.data[i]) + amplified * change;
    }
    return values;
  }

  function outcome(attack, image, said) {
    if (attack.targeted && said === data.wanted[image]) return "✗ target reached";
    if (said === data.labels[image]) return "";
    return attack.targeted ? "wrong" : "✗ fooled";
  }

  function row(target, attack, image) {
    const { top, sure } = attack.said[target];
    const line = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = data.targets[target];
    line.append(head);
    const says = top[image]
      ? [
          data.classes[top[image][0]],
          sure[image][0].toFixed(1),
          top[image].slice(1).map((label) => data.classes[label]).join(", "),
          sure[image][1].toFixed(1),
        ]
      : ["not scored on this image", "–", "", "–"];
    const clean = data.surely[target][image];
    [clean === null ? "–" : clean.toFixed(1), ...says].forEach((text, column) => {
      const cell = line.insertCell();
      cell.textContent = text;
      if (column % 2 === 0) cell.className = "number";
      const mark = column === 1 && top[image] && outcome(attack, image, top[image][0]);
      if (mark) cell.append(" ", Object.assign(document.createElement("b"), { textContent: mark }));
    });
    if (target === targets[of("target").selectedIndex]) line.style.background = "var(--wash)";
    return line;
  }

  let turn = 0;
  async function show() {
    const now = (turn += 1);
    const attack = data.sources[of("source").selectedIndex].attacks[of("attack").selectedIndex];
    const image = of("image").selectedIndex;
    const target = targets[of("target").selectedIndex];
    const [clean, sprite] = await Promise.all([pixels(data.clean, image), pixels(attack.sprite, image)]);
    if (now !== turn) return; // another choice came meanwhile
    const name = data.classes[data.labels[image]];
    const amplification = Number(of("factor").value);
    draw("clean", clean, `clean: ${name}`);
    draw("adversarial", changed(clean, sprite, attack.factor, (value) => value, 1), `adversarial, ${attack.name}` + (attack.targeted ? `; target ${data.classes[data.wanted[image]]}` : ""));
    draw("difference", changed(clean, sprite, attack.factor, () => 128, amplification), `difference × ${amplification}`);
    const { top, sure } = attack.said[target];
    place.querySelector(".said").textContent = `${data.ids[image]}: ${data.targets[target]} ` + (top[image]
      ? `says ${data.classes[top[image][0]]} at ${sure[image][0].toFixed(1)} %` +
        (top[image][0] === data.labels[image] ? ", which is right." : `, and gives the true label, ${name}, ${sure[image][1].toFixed(1)} %.`)
      : "is not scored on it.");
    place.querySelector("tbody").replaceChildren(...targets.map((each) => row(each, attack, image)));
  }

  function move(select, step) {
    select.selectedIndex = (select.selectedIndex + step + select.length) % select.length;
    show();
  }

  fill(of("source"), data.sources.map((source) => source.name));
  fill(of("attack"), data.sources[0].attacks.map((attack) => attack.name));
  fill(of("target"), Object.values(data.targets));
  fill(of("image"), data.ids.map((id, index) => `${index + 1}: ${data.classes[data.labels[index]]}, ${id}`));
  of("source").addEventListener("change", () => {
    fill(of("attack"), data.sources[of("source").selectedIndex].attacks.map((attack) => attack.name));
  });
  place.addEventListener("change", show);
  place.querySelector(".triple").addEventListener("keydown", (event) => {
    const keys = {
      ArrowRight: ["image", 1],
      ArrowLeft: ["image", -1],
      ArrowDown: ["target", 1],
      ArrowUp: ["target", -1],
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    const [select, step] = keys[event.key];
    move(of(select), step);
  });
  const factors = [...of("factor").options].map((option) => Number(option.value));
  const fitting = factors.filter((factor) => factor <= data.sources[0].attacks[0].factor);
  of("factor").selectedIndex = Math.max(0, fitting.length - 1);
  place.classList.toggle("pixelated", !data.smooth);
  place.hidden = false;
  show();
})();
