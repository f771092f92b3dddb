"use strict";
// Image by image: a clean image, what each attack of a table makes of it, and what models say.
// What is shown is in the address: #images?table=table1&source=…&target=…&show=…&image=…

(async () => {
  const place = document.getElementById("browser");
  if (!place) return;
  const data = await unpack("browser-data");
  const HASH = "#images?";
  const models = Object.keys(data.targets);
  const of = (name) => place.querySelector(`select[data-of="${name}"]`);
  const make = (tag, properties = {}) => Object.assign(document.createElement(tag), properties);

  // State: names of a table, a source, a target and an image, and what to filter by.
  const state = {};
  const table = () => data.tables.find(({ name }) => name === state.table) ?? data.tables[0];
  const source = () => table().sources.find(({ name }) => name === state.source) ?? table().sources[0];
  const attacks = () => source().attacks.map((place) => data.attacks[place]);
  const number = () => data.ids.indexOf(state.image);

  // Whether an attack succeeds by the table's rule; null where the model is not scored on the image.
  function succeeds(attack, target, image) {
    const top = attack.said[target].top[image];
    if (!top) return null;
    const { first, targeted } = table();
    const among = top.slice(0, first).includes(targeted ? data.wanted[image] : data.labels[image]);
    return targeted ? among : !among;
  }

  // Images by what the attacks do to the target; a table has one attack, or a plain and a reduced one.
  function filters() {
    const names = attacks().map(({ name }) => name);
    const [plain, reduced] = [names[0], names.at(-1)];
    const pair = names.length > 1;
    return [
      { name: "all", text: "all images", holds: () => true },
      ...(pair
        ? [
            { name: "gained", text: `${reduced} succeeds and ${plain} does not`, holds: (won) => won.at(-1) && !won[0] },
            { name: "lost", text: `${plain} succeeds and ${reduced} does not`, holds: (won) => won[0] && !won.at(-1) },
          ]
        : []),
      { name: "any", text: pair ? "at least one of them succeeds" : `${plain} succeeds`, holds: (won) => won.some(Boolean) },
      { name: "none", text: pair ? "none of them succeeds" : `${plain} fails`, holds: (won) => !won.some(Boolean) },
    ];
  }

  function chosen(filter) {
    return data.ids.filter((_, image) =>
      filter.holds(attacks().map((attack) => succeeds(attack, state.target, image))));
  }

  const inside = () => chosen(filters().find(({ name }) => name === state.show));

  // Where to start: a black-box pair of the table, and an image that only the reduced attack fools.
  function start() {
    for (const { name, members } of table().sources) {
      for (const target of table().targets) {
        if (members.includes(target)) continue;
        Object.assign(state, { source: name, target });
        const gained = filters().find((filter) => filter.name === "gained");
        const [image] = gained ? chosen(gained) : [];
        if (image) return { source: name, target, image };
      }
    }
    return { source: table().sources[0].name, target: table().targets[0], image: data.ids[0] };
  }

  // Take a wish as far as it can be had; what is not said stays, or is a good beginning.
  function take(wish) {
    const before = { ...state };
    state.table = data.tables.some(({ name }) => name === wish.table) ? wish.table : before.table ?? data.tables[0].name;
    const fresh = start();
    const known = (name, options, ...choices) => choices.find((choice) => options.includes(choice)) ?? fresh[name];
    const isNew = state.table !== before.table;
    state.source = known("source", table().sources.map(({ name }) => name), wish.source, isNew ? null : before.source);
    state.target = known("target", models, wish.target, isNew ? null : before.target);
    const shows = filters().filter((filter) => filter.name === "all" || chosen(filter).length);
    state.show = shows.find(({ name }) => name === (wish.show ?? before.show))?.name ?? "all";
    const images = inside();
    const pair = filters().find(({ name }) => name === "gained");
    const gained = wish.image === null && pair ? chosen(pair).filter((id) => images.includes(id)) : [];
    state.image = [wish.image, gained[0], before.image, fresh.image, images[0]].find((id) => images.includes(id));
    state.factor = wish.factor ?? before.factor;
  }

  const address = () => HASH + new URLSearchParams(
    ["table", "source", "target", "show", "image"].map((name) => [name, state[name]]));

  function fill(name, options, value) {
    of(name).replaceChildren(...options.map(([text, key, disabled = false]) => {
      const option = new Option(text, key);
      option.disabled = disabled;
      return option;
    }));
    of(name).value = value;
  }

  function fillSelects() {
    fill("table", data.tables.map(({ name, title }) => [title, name]), state.table);
    fill("source", table().sources.map(({ name, label }) => [label, name]), state.source);
    const box = (name) => (source().members.includes(name) ? " (white box)" : "");
    fill("target", models.map((name) => [data.targets[name] + box(name), name]), state.target);
    fill("show", filters().map((filter) => {
      const count = chosen(filter).length;
      return [`${filter.text} (${count})`, filter.name, count === 0];
    }), state.show);
    fill("image", inside().map((id) => {
      const image = data.ids.indexOf(id);
      return [`${image + 1}: ${data.classes[data.labels[image]]}, ${id}`, id];
    }), state.image);
    of("factor").value = state.factor;
  }

  async function pixels(uri, image) {
    const picture = new Image();
    picture.src = uri;
    await picture.decode();
    const context = new OffscreenCanvas(data.side, data.side).getContext("2d");
    context.drawImage(picture, -image * data.side, 0);
    return context.getImageData(0, 0, data.side, data.side);
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

  function figure(values, text) {
    const canvas = make("canvas", { width: data.side, height: data.side });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", text);
    canvas.getContext("2d").putImageData(values, 0, 0);
    const shown = make("figure");
    shown.append(canvas, make("figcaption", { textContent: text }));
    return shown;
  }

  // By which labels a table counts, where that is not whether the first is the true one.
  function counted(attack, image) {
    const { first, targeted } = table();
    if (first === 1 && !targeted) return "";
    const won = succeeds(attack, state.target, image);
    const label = data.classes[(targeted ? data.wanted : data.labels)[image]];
    const among = first === 1 ? "its first label" : `among its first ${first} labels`;
    const role = targeted ? "wanted" : "true";
    return ` The ${role} label ${label} is ${won === targeted ? "" : "not "}${among}, so the attack ${won ? "succeeds" : "fails"}.`;
  }

  // What the target says of an attacked image, in a sentence or two.
  function sentence(attack, image) {
    const { top, sure } = attack.said[state.target];
    const target = data.targets[state.target];
    if (!top[image]) return `${attack.name}: ${target} is not scored on this image.`;
    const [label, truth] = [data.classes[top[image][0]], data.classes[data.labels[image]]];
    const says = `${attack.name}: ${target} says ${label} (${sure[image][0].toFixed(1)} %)`;
    if (top[image][0] === data.labels[image]) return `${says}, which is right.${counted(attack, image)}`;
    const rest = `to which it gives ${sure[image].at(-1).toFixed(1)} %.`;
    return `${says} in place of ${truth}, ${rest}${counted(attack, image)}`;
  }

  function head() {
    const row = make("tr");
    const heads = [["model", 1], ["clean: confidence (%)", 1]];
    for (const { name } of attacks()) heads.push([`${name}: it says`, 0], ["confidence (%)", 1], ["true label (%)", 1]);
    heads.forEach(([text, isNumber], column) => {
      row.append(make("th", { scope: "col", textContent: text, className: isNumber && column ? "number" : "" }));
    });
    return row;
  }

  function line(target, image) {
    const row = make("tr", { className: target === state.target ? "chosen" : "" });
    row.append(make("th", { scope: "row", textContent: data.targets[target] }));
    const clean = data.surely[target][image];
    row.append(make("td", { className: "number", textContent: clean === null ? "–" : clean.toFixed(1) }));
    for (const attack of attacks()) {
      const { top, sure } = attack.said[target];
      const says = make("td");
      if (top[image]) {
        const [first, ...next] = top[image].map((label) => data.classes[label]);
        says.append(first);
        if (succeeds(attack, target, image)) {
          says.append(" ", make("b", { textContent: table().targeted ? "✗ target reached" : "✗ fooled" }));
        }
        if (next.length) says.append(make("span", { className: "soft", textContent: `then ${next.join(", ")}` }));
      } else says.append("not scored");
      row.append(says);
      for (const index of [0, -1]) {
        const text = top[image] ? sure[image].at(index).toFixed(1) : "–";
        row.append(make("td", { className: "number", textContent: text }));
      }
    }
    return row;
  }

  let turn = 0;
  async function show() {
    const now = (turn += 1);
    fillSelects();
    const image = number();
    const [clean, ...sprites] = await Promise.all(
      [data.clean, ...attacks().map(({ sprite }) => sprite)].map((uri) => pixels(uri, image)));
    if (now !== turn) return; // another choice came meanwhile
    const name = data.classes[data.labels[image]];
    const wanted = table().targeted ? `, wanted: ${data.classes[data.wanted[image]]}` : "";
    const shown = attacks().flatMap(({ name, settings, factor }, index) => [
      figure(changed(clean, sprites[index], factor, (value) => value, 1), `${name}: ${settings}`),
      figure(changed(clean, sprites[index], factor, () => 128, state.factor), `difference of ${name} × ${state.factor}`),
    ]);
    place.querySelector(".attacked").replaceChildren(figure(clean, `clean: ${name}${wanted}`), ...shown);
    place.querySelector(".said").textContent =
      `${data.ids[image]}. ` + attacks().map((attack) => sentence(attack, image)).join(" ");
    place.querySelector("thead").replaceChildren(head());
    place.querySelector("tbody").replaceChildren(...models.map((target) => line(target, image)));
  }

  // Choices are steps that Back takes back; going through images is one step.
  function choose(wish, isStep = true) {
    take({ ...wish });
    history[isStep ? "pushState" : "replaceState"](null, "", address());
    show();
  }

  function move(name, step) {
    const options = name === "image" ? inside() : models;
    const at = options.indexOf(state[name]);
    choose({ [name]: options[(at + step + options.length) % options.length] }, false);
  }

  async function read() {
    const isAddressed = location.hash.startsWith(HASH);
    const asked = new URLSearchParams(isAddressed ? location.hash.slice(HASH.length) : "");
    take({ show: "all", image: null, ...Object.fromEntries(asked) });
    if (isAddressed) place.closest("section").scrollIntoView();
    await show();
  }

  place.addEventListener("change", (event) => {
    const name = event.target.dataset.of;
    if (name === "factor") {
      state.factor = Number(event.target.value);
      show();
    } else choose({ [name]: event.target.value });
  });
  place.querySelector(".steps").addEventListener("click", ({ target }) => {
    if (target.dataset.step) move("image", Number(target.dataset.step));
  });
  place.querySelector(".triple").addEventListener("keydown", (event) => {
    const keys = { ArrowRight: ["image", 1], ArrowLeft: ["image", -1], ArrowDown: ["target", 1], ArrowUp: ["target", -1] };
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(...keys[event.key]);
  });
  for (const link of document.querySelectorAll("a.cell")) {
    const { table, source, target } = link.dataset;
    link.href = HASH + new URLSearchParams({ table, source, target });
    link.addEventListener("click", () => {
      if (link.hash === location.hash) arrive(); // again, which changes no address
    });
  }

  // From a cell the focus goes to its images, and with Back to the cell again.
  let cell = null;
  function arrive() {
    if (document.activeElement.matches("a.cell")) {
      cell = document.activeElement;
      place.querySelector(".triple").focus({ preventScroll: true });
    }
    read();
  }
  addEventListener("hashchange", () => {
    if (location.hash.startsWith(HASH)) arrive();
    else if (place.contains(document.activeElement)) cell?.focus({ preventScroll: true });
  });

  const factors = [...of("factor").options].map((option) => Number(option.value));
  state.factor = Math.max(1, ...factors.filter((factor) => factor <= data.attacks[0].factor));
  place.classList.toggle("pixelated", !data.smooth);
  place.hidden = false;
  await read();
  // The images have moved what is below them, and with it what the address leads to.
  document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
})();
