"use strict";
// The ledger of claims, filtered by outcome and exhibit.

(() => {
  const ledger = document.getElementById("ledger");
  if (!ledger) return;
  const form = ledger.querySelector("form");
  const [outcome, exhibit] = form.querySelectorAll("select");
  const claims = [...ledger.querySelectorAll("details.claim")];

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
      filter();
    }
  });

  form.hidden = false;
  form.addEventListener("change", filter);
  filter();
})();
