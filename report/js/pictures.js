"use strict";
// Pictures that answer the pointer and the arrow keys: markers of curves, and maps of labels.

(() => {
  const REACH = 18; // pixels from the pointer to a marker

  function centre(element) {
    const box = element.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
  }

  // A finger only touches, and does not move over a picture.
  function answerPointer(picture, answer) {
    for (const kind of ["pointermove", "pointerdown"]) picture.addEventListener(kind, answer);
  }

  function withReadout(picture, hint) {
    const readout = document.createElement("p");
    readout.className = "readout soft";
    readout.setAttribute("aria-live", "polite");
    readout.textContent = hint;
    picture.after(readout);
    picture.tabIndex = 0;
    picture.setAttribute("role", "group");
    picture.setAttribute("aria-label", `${picture.dataset.title}: ${hint}`);
    return readout;
  }

  function answerPoints(picture, markers) {
    const readout = withReadout(picture, "Point at a marker, or use the arrow keys, for its value.");
    let at = -1;
    function light(index) {
      markers[at]?.classList.remove("lit");
      at = index;
      markers[at].classList.add("lit");
      readout.textContent = markers[at].querySelector("title").textContent;
    }
    answerPointer(picture, (event) => {
      const far = markers.map((marker) => {
        const [x, y] = centre(marker);
        return Math.hypot(x - event.clientX, y - event.clientY);
      });
      const nearest = far.indexOf(Math.min(...far));
      if (far[nearest] <= REACH && nearest !== at) light(nearest);
    });
    picture.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      light((at + step + markers.length) % markers.length);
      markers[at].scrollIntoView({ block: "nearest", inline: "nearest" });
    });
  }

  // A map's image in the SVG covers its grid; rows go up with v.
  function answerMaps(picture, maps) {
    const readout = withReadout(picture, "Point at a map, or use the arrow keys, for its label.");
    const images = [...picture.querySelectorAll("image")];
    const last = maps.axis.length - 1;
    const cross = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    cross.style.pointerEvents = "none";
    const place = { map: 0, u: Math.round(last / 2), v: Math.round(last / 2) };
    for (const [name, value] of Object.entries({ r: 4, fill: "#fff", stroke: "#000", "stroke-width": 1.5 })) {
      cross.setAttribute(name, value);
    }
    function say() {
      const { name, labels } = maps.targets[place.map];
      readout.textContent = `${name} at u ${maps.axis[place.u]}, v ${maps.axis[place.v]}: ` +
        maps.classes[labels[place.v][place.u]];
      const svg = picture.querySelector("svg");
      const box = images[place.map].getBoundingClientRect();
      const point = new DOMPoint(
        box.x + ((place.u + 0.5) / (last + 1)) * box.width,
        box.y + (1 - (place.v + 0.5) / (last + 1)) * box.height,
      ).matrixTransform(svg.getScreenCTM().inverse());
      cross.setAttribute("cx", point.x);
      cross.setAttribute("cy", point.y);
      if (!cross.parentNode) svg.append(cross);
    }
    const inside = (share) => Math.min(last, Math.max(0, Math.floor(share * (last + 1))));
    answerPointer(picture, (event) => {
      images.forEach((image, index) => {
        const box = image.getBoundingClientRect();
        const [x, y] = [(event.clientX - box.x) / box.width, (event.clientY - box.y) / box.height];
        if (x < 0 || x > 1 || y < 0 || y > 1) return;
        Object.assign(place, { map: index, u: inside(x), v: inside(1 - y) });
        say();
      });
    });
    picture.addEventListener("keydown", (event) => {
      const step = { ArrowRight: ["u", 1], ArrowLeft: ["u", -1], ArrowUp: ["v", 1], ArrowDown: ["v", -1] }[event.key];
      if (event.key === "PageDown" || event.key === "PageUp") {
        const turn = event.key === "PageDown" ? 1 : images.length - 1;
        place.map = (place.map + turn) % images.length;
      } else if (step) {
        place[step[0]] = Math.min(last, Math.max(0, place[step[0]] + step[1]));
      } else return;
      event.preventDefault();
      say();
    });
  }

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      target.classList.toggle("wide", target.scrollWidth > target.clientWidth);
    }
  });

  for (const table of document.querySelectorAll(".scroll")) sizes.observe(table);
  for (const picture of document.querySelectorAll(".picture")) {
    sizes.observe(picture);
    const markers = [...picture.querySelectorAll(".points use")];
    if (picture.dataset.maps) {
      answerMaps(picture, JSON.parse(document.getElementById(picture.dataset.maps).textContent));
    } else if (markers.length) answerPoints(picture, markers);
    const svg = () => {
      const copy = picture.querySelector("svg").cloneNode(true);
      for (const lit of copy.querySelectorAll(".lit")) lit.classList.remove("lit");
      return new XMLSerializer().serializeToString(copy);
    };
    const save = saveButton("Download SVG", `${picture.dataset.name}.svg`, "image/svg+xml", svg);
    const numbers = document.querySelector(`.texts[data-name="${picture.dataset.name}"] [data-kind=CSV]`);
    picture.closest("figure").append(save);
    if (numbers) picture.closest("figure").append(" ", saveCsv(picture.dataset.name, numbers));
  }
})();
