/* The tree of categories in the filters: groups open and close and stay so when the filters are drawn anew;
   a search leaves what it finds, in any of the spellings of a letter, and Enter takes all of it into the
   filter. K puts the cursor into the search. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const KEPT = "ikomek-duty-branches",
    /* Kazakh letters and their Russian look-alikes are one, as in every search here. */
    FOLDED = { ё: "е", ә: "а", ғ: "г", қ: "к", ң: "н", ө: "о", ұ: "у", ү: "у", һ: "х", і: "и" };
  let field = null;

  const fold = (text) =>
    text
      .toLowerCase()
      .replace(/[ёәғқңөұүһі]/g, (letter) => FOLDED[letter])
      .trim();

  /* The groups that a person has opened (true) or closed (false). */
  function kept() {
    try {
      return JSON.parse(sessionStorage.getItem(KEPT)) || {};
    } catch {
      return {};
    }
  }

  function toggle(branch) {
    const shown = branch.querySelector(".duty-twist").getAttribute("aria-expanded") === "true";
    sessionStorage.setItem(KEPT, JSON.stringify({ ...kept(), [branch.dataset.branch]: !shown }));
    show();
  }

  /* After every drawing of the filters, and while something is typed. */
  function show() {
    const container = byId("duty-category-search-slot");
    if (!container) return;
    if (!container.firstChild) container.append(search(container));
    const wanted = fold(field.value),
      known = kept();
    let any = false;
    for (const leaf of document.querySelectorAll(".duty-tree .duty-leaf")) {
      const group = leaf.closest(".duty-branch"),
        found =
          !wanted ||
          fold(leaf.dataset.name).includes(wanted) ||
          (group && fold(group.dataset.name).includes(wanted));
      leaf.hidden = !found;
      any = any || found;
    }
    for (const branch of document.querySelectorAll(".duty-tree > .duty-branch")) {
      const leaves = [...branch.querySelectorAll(".duty-leaf")],
        found = leaves.some((leaf) => !leaf.hidden);
      branch.hidden = Boolean(wanted) && !found;
      const chosen = branch.querySelector(".duty-box").getAttribute("aria-checked") !== "false",
        shown = wanted ? found : (known[branch.dataset.branch] ?? chosen);
      branch.querySelector(".duty-leaves").hidden = !shown;
      branch.querySelector(".duty-twist").setAttribute("aria-expanded", String(shown));
    }
    document.querySelector(".duty-tree-none").hidden = any;
  }

  function search(container) {
    if (!field) {
      field = ikomek.node("input", { type: "search", id: "duty-category-search", autocomplete: "off" });
      field.addEventListener("input", show);
      field.addEventListener("keydown", typed);
    }
    field.placeholder = container.dataset.label;
    field.setAttribute("aria-label", container.dataset.label);
    field.setAttribute("aria-keyshortcuts", "K");
    return field;
  }

  function typed(event) {
    if (event.key === "Escape" && field.value) {
      field.value = "";
      show();
    } else if (event.key === "Enter" && field.value.trim()) {
      const found = [...document.querySelectorAll(".duty-tree .duty-leaf")].filter((leaf) => !leaf.hidden);
      if (found.length)
        ikomek.dutyAddress.go(
          ikomek.dutyAddress.narrowed("category", found.map((leaf) => leaf.dataset.value).join(",")),
        );
      field.value = "";
      show();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  document.addEventListener("click", (event) => {
    const twist = event.target.closest?.(".duty-twist");
    if (twist) toggle(twist.closest(".duty-branch"));
  });
  document.addEventListener("keydown", (event) => {
    if (!byId("duty") || event.code !== "KeyK" || !ikomek.pressed(event) || !field?.isConnected) return;
    field.focus();
    field.select();
    event.preventDefault();
  });

  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver(() => {
      if (byId("duty-category-search-slot") && !field?.isConnected) show();
    }).observe(document.body, { childList: true, subtree: true });
  });
})();
