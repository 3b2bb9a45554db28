"use strict";
// Without this script the page lists everything. With it the list can be
// searched and filtered, and the address of the page holds the filter.
(() => {
  const byId = (id) => document.getElementById(id);
  const controls = byId("controls");
  const search = byId("search");
  const kind = byId("kind");
  const theme = byId("theme");
  const status = byId("status");
  const boxes = [...controls.querySelectorAll("input[name=grade]")];
  const groups = [...document.querySelectorAll("main section.kind")].map((element) => ({
    element,
    section: element.closest("section.level"),
    grade: element.dataset.grade,
    kind: element.dataset.kind,
    count: element.querySelector(".count"),
    items: [...element.querySelectorAll(".change")],
  }));
  const total = groups.reduce((n, g) => n + g.items.length, 0);
  const format = new Intl.NumberFormat("en").format;
  const texts = new Map();

  // text is what the search looks at in a change, in lower case.
  function text(item) {
    let t = texts.get(item);
    if (t === undefined) {
      t = item.textContent.toLowerCase().replace(/\s+/g, " ");
      texts.set(item, t);
    }
    return t;
  }

  // apply shows what the controls ask for: every word has to occur.
  function apply() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const grades = new Set(boxes.filter((b) => b.checked).map((b) => b.value));
    const sections = new Map();
    let shown = 0;
    for (const g of groups) {
      let n = 0;
      if (grades.has(g.grade) && (kind.value === "" || kind.value === g.kind)) {
        for (const item of g.items) {
          item.hidden = !words.every((w) => text(item).includes(w));
          n += item.hidden ? 0 : 1;
        }
      }
      g.element.hidden = n === 0;
      g.count.textContent = n === g.items.length ? format(n) : format(n) + " of " + format(g.items.length);
      sections.set(g.section, (sections.get(g.section) || 0) + n);
      shown += n;
    }
    for (const [section, n] of sections) section.hidden = n === 0;
    status.textContent = shown === total ? format(total) + " changes" : format(shown) + " of " + format(total) + " changes";
  }

  // remember puts the controls into the address, "#?q=inode&grade=breaks".
  function remember() {
    const state = new URLSearchParams();
    if (search.value) state.set("q", search.value);
    if (boxes.some((b) => !b.checked)) state.set("grade", boxes.filter((b) => b.checked).map((b) => b.value).join(","));
    if (kind.value) state.set("kind", kind.value);
    const hash = [...state].length ? "#?" + state : "#";
    try {
      history.replaceState(null, "", hash);
    } catch {
      location.replace(hash);
    }
  }

  // recall follows the address: to a filter, or to one change.
  function recall() {
    const hash = location.hash.slice(1);
    if (hash.startsWith("?")) {
      const state = new URLSearchParams(hash.slice(1));
      search.value = state.get("q") || "";
      kind.value = state.get("kind") || "";
      const grades = state.has("grade") ? state.get("grade").split(",") : boxes.map((b) => b.value);
      for (const b of boxes) b.checked = grades.includes(b.value);
      apply();
      return;
    }
    let item = null;
    try {
      item = hash && byId(decodeURIComponent(hash));
    } catch {
      return;
    }
    if (!item || !item.classList.contains("change")) return;
    if (item.closest("[hidden]")) reset();
    item.querySelector("details").open = true;
    item.scrollIntoView({ block: "center" });
    item.querySelector("summary").focus({ preventScroll: true });
  }

  function reset() {
    search.value = "";
    kind.value = "";
    for (const b of boxes) b.checked = true;
    apply();
  }

  function openAll(open) {
    for (const g of groups) {
      if (g.element.hidden) continue;
      for (const item of g.items) if (!item.hidden) item.querySelector("details").open = open;
    }
  }

  let timer = 0;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { apply(); remember(); }, 120);
  });
  for (const c of [kind, ...boxes]) c.addEventListener("change", () => { apply(); remember(); });
  controls.addEventListener("submit", (e) => e.preventDefault());
  byId("reset").addEventListener("click", () => { reset(); remember(); search.focus(); });
  byId("open").addEventListener("click", () => openAll(true));
  byId("close").addEventListener("click", () => openAll(false));
  theme.addEventListener("change", () => { document.documentElement.dataset.theme = theme.value; });
  addEventListener("hashchange", recall);
  controls.hidden = false;
  apply();
  recall();
})();
