"use strict";
// The ledger of claims, filtered by outcome and exhibit, and ordered within each outcome.

(() => {
  const ledger = document.getElementById("ledger");
  if (!ledger) return;
  const form = ledger.querySelector("form");
  const [outcome, exhibit, order] = form.querySelectorAll("select");
  const claims = [...ledger.querySelectorAll("details.claim")];

  // What claims are ordered by; of an effect only those in points, because others have no common unit.
  const KEYS = {
    "": () => 0,
    effect: (claim) => -(claim.dataset.effect ?? -Number.MAX_VALUE),
    exhibit: (claim) => {
      const named = claim.dataset.exhibits.split(" ");
      return [...exhibit.options].findIndex((option) => named.includes(option.value));
    },
  };

  function arrange() {
    const key = KEYS[order.value];
    for (const section of ledger.querySelectorAll("[data-outcome]")) {
      const inside = claims.filter((claim) => section.contains(claim));
      section.append(...inside.sort((a, b) => key(a) - key(b)));
    }
  }

  function filter() {
    let shown = 0;
    for (const section of ledger.querySelectorAll("[data-outcome]")) {
      const wanted = !outcome.value || section.dataset.outcome === outcome.value;
      let any = false;
      for (const claim of section.querySelectorAll("details.claim")) {
        claim.hidden = exhibit.value !== "" && !claim.dataset.exhibits.split(" ").includes(exhibit.value);
        if (!claim.hidden) any = true;
        if (wanted && !claim.hidden) shown += 1;
      }
      section.hidden = !wanted || !any;
    }
    form.querySelector(".count").textContent = `${shown} of ${claims.length} claims`;
  }

  // A link to a claim that the filter hides takes the filter away.
  ledger.addEventListener("reveal", (event) => {
    if (event.target.closest("[hidden]")) {
      form.reset();
      arrange();
      filter();
    }
  });

  form.hidden = false;
  form.addEventListener("change", filter);
  order.addEventListener("change", arrange);
  filter();
})();
