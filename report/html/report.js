"use strict";
(() => {
  const form = document.getElementById("filters");
  const count = document.getElementById("count");
  const keys = ["object", "kernel", "loader", "rule"];
  const findings = [...document.querySelectorAll(".finding")].map((element) => ({
    element,
    group: element.parentElement,
    text: element.textContent.toLowerCase(),
    severity: element.dataset.severity,
    object: [element.parentElement.dataset.object],
    kernel: element.dataset.kernel.split(" ").filter(Boolean),
    loader: element.dataset.loader.split(" "),
    rule: [element.dataset.rule],
  }));
  const groups = [...document.querySelectorAll(".group")];
  const boxes = [...form.querySelectorAll("[name=severity]")];
  const usual = boxes.filter((box) => box.checked).map((box) => box.value).join(",");

  // The index of the chosen name, as the findings have it; "" for all.
  const chosen = (key) => {
    const index = form.elements[key].selectedIndex - 1;
    return index < 0 ? "" : String(index);
  };

  const apply = () => {
    const text = form.elements.text.value.trim().toLowerCase();
    const severities = boxes.filter((box) => box.checked).map((box) => box.value);
    const wanted = keys.map((key) => [key, chosen(key)]).filter(([, index]) => index !== "");
    let shown = 0;
    const alive = new Set();
    for (const finding of findings) {
      const fits = severities.includes(finding.severity) && finding.text.includes(text) &&
        // A finding of an object without any kernel holds on each.
        wanted.every(([key, index]) => finding[key].includes(index) || (key === "kernel" && finding.kernel.length === 0));
      finding.element.hidden = !fits;
      if (fits) {
        shown++;
        alive.add(finding.group);
      }
    }
    const object = chosen("object");
    for (const group of groups) {
      const empty = group.querySelector(".finding") === null;
      group.hidden = empty ? object !== "" && object !== group.dataset.object : !alive.has(group);
    }
    count.textContent = `${shown} of ${findings.length} findings shown`;
  };

  // The table shows the objects that have a verdict somewhere.
  const rows = document.getElementById("by-verdict");
  const narrow = () => {
    for (const body of document.querySelectorAll("#matrix tbody")) {
      body.hidden = rows.value !== "" && body.querySelector(`td.${rows.value}`) === null;
    }
  };

  // The filters are in the address, so that it can be passed on.
  const remember = () => {
    const params = new URLSearchParams();
    for (const key of ["text", ...keys]) {
      if (form.elements[key].value !== "") params.set(key, form.elements[key].value);
    }
    const severities = boxes.filter((box) => box.checked).map((box) => box.value).join(",");
    if (severities !== usual) params.set("severity", severities);
    if (rows && rows.value !== "") params.set("verdict", rows.value);
    history.replaceState(null, "", "#" + params);
  };

  const open = (element) => {
    const details = element.matches("details") ? element : element.querySelector("details");
    if (details) details.open = true;
    element.scrollIntoView();
  };

  // An address names a place of the page, or filters.
  const follow = () => {
    const hash = location.hash.slice(1);
    const place = hash === "" ? null : document.getElementById(decode(hash));
    if (place) {
      if (place.hidden) {
        form.reset();
        for (const box of boxes) box.checked = true;
        apply();
      }
      open(place);
      return;
    }
    const params = new URLSearchParams(hash);
    for (const key of ["text", ...keys]) {
      form.elements[key].value = params.get(key) ?? "";
      if (form.elements[key].selectedIndex < 0) form.elements[key].selectedIndex = 0;
    }
    const severities = (params.get("severity") ?? usual).split(",");
    for (const box of boxes) box.checked = severities.includes(box.value);
    apply();
    if (rows && params.has("verdict")) {
      rows.value = params.get("verdict");
      if (rows.selectedIndex < 0) rows.selectedIndex = 0;
      narrow();
    }
    if (keys.some((key) => params.has(key))) document.getElementById("findings").scrollIntoView();
  };

  const decode = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };

  const every = (state) => {
    for (const finding of findings) {
      if (!finding.element.hidden) finding.element.querySelector("details").open = state;
    }
  };

  form.hidden = false;
  if (rows) {
    rows.form.hidden = false;
    rows.form.addEventListener("submit", (event) => event.preventDefault());
    rows.addEventListener("input", () => {
      narrow();
      remember();
    });
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    apply();
    remember();
  });
  form.addEventListener("reset", () => setTimeout(() => {
    apply();
    remember();
  }));
  document.getElementById("unfold").addEventListener("click", () => every(true));
  document.getElementById("fold").addEventListener("click", () => every(false));
  addEventListener("hashchange", follow);

  // Paper has nothing to click on.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
  });

  apply();
  follow();
})();
