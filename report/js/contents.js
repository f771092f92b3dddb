"use strict";
// Contents that follow the reader, headings that are links, and folds that open for their link.

(() => {
  const nav = document.querySelector("nav.side");
  const fold = nav.querySelector("details");
  const present = nav.querySelector(".present");
  const links = new Map([...nav.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
  const heads = [...document.querySelectorAll("main :is(h1, h2, h3)[id]")];

  for (const head of heads) {
    const link = document.createElement("a");
    link.className = "permalink";
    link.href = `#${head.id}`;
    link.append(...head.childNodes);
    head.append(link);
  }

  // The present section is the last whose heading has passed the upper third of the window.
  let marked = null;
  function mark() {
    const known = heads.filter((head) => links.has(head.id));
    const passed = known.filter((head) => head.getBoundingClientRect().top < innerHeight / 3);
    const head = passed.at(-1) ?? known[0];
    const link = links.get(head.id);
    if (link === marked) return;
    marked?.removeAttribute("aria-current");
    marked = link;
    link.setAttribute("aria-current", "location");
    present.textContent = `: ${link.title ? head.textContent : link.textContent}`;
    const side = fold.getBoundingClientRect(), place = link.getBoundingClientRect();
    if (fold.scrollHeight > fold.clientHeight) fold.scrollTop += place.top - side.top - side.height / 2;
  }
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; mark(); });
  }, { passive: true });
  mark();

  nav.addEventListener("click", (event) => {
    if (event.target.closest("a")) fold.open = false;
  });

  // Opens the fold that a link leads to or into; who hides its target hears of it by "reveal".
  function openTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    let opened = !target.checkVisibility();
    target.dispatchEvent(new Event("reveal", { bubbles: true }));
    for (let place = target; place; place = place.parentElement) {
      if (place.localName === "details" && !place.open) place.open = opened = true;
    }
    if (opened) target.scrollIntoView();
  }
  addEventListener("hashchange", openTarget);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) openTarget();
  });
  openTarget();
  // What other scripts add above the target has moved it by then.
  addEventListener("load", () => document.getElementById(location.hash.slice(1))?.scrollIntoView());
})();
