"use strict";
// The page is whole without this: it only adds search, filters, keys and the choice of a theme.
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const changes = [...document.querySelectorAll("details.change")];
  const groups = [...document.querySelectorAll(".group, .part")];
  const theme = byId("theme");
  const search = byId("search");
  const boxes = [...document.querySelectorAll(".chip input")];

  const THEMES = ["auto", "light", "dark"];
  const remembered = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const dress = (name) => {
    if (name === "auto") delete root.dataset.theme; else root.dataset.theme = name;
    theme.textContent = "Theme: " + name;
    try { localStorage.setItem("theme", name); } catch { /* a page from a file may have no store */ }
  };
  theme.hidden = false;
  dress(THEMES.includes(remembered()) ? remembered() : "auto");
  theme.addEventListener("click", () => {
    dress(THEMES[(THEMES.indexOf(root.dataset.theme ?? "auto") + 1) % THEMES.length]);
  });
  if (!search) return;

  for (const id of ["filters", "keys"]) byId(id).hidden = false;
  const texts = new Map();
  const textOf = (change) => {
    if (!texts.has(change)) texts.set(change, change.textContent.toLowerCase());
    return texts.get(change);
  };
  const chosen = () => {
    const kinds = new Map();
    for (const box of boxes.filter((b) => b.checked)) {
      kinds.set(box.name, [...(kinds.get(box.name) ?? []), box.value]);
    }
    return kinds;
  };
  const has = (change, kind, values) => {
    const own = kind === "cause" ? change.dataset.cause.split(" ") : [change.dataset[kind]];
    return values.some((value) => own.includes(value));
  };

  let saying = 0;
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kinds = [...chosen()];
    let shown = 0;
    for (const change of changes) {
      const fits = kinds.every(([kind, values]) => has(change, kind, values))
        && words.every((word) => textOf(change).includes(word));
      change.hidden = !fits;
      shown += fits;
    }
    for (const group of groups) group.hidden = !group.querySelector("details.change:not([hidden])");
    byId("none").hidden = shown > 0;
    byId("clear").disabled = shown === changes.length && !words.length && !kinds.length;
    clearTimeout(saying);
    saying = setTimeout(() => {
      byId("count").textContent = `Showing ${shown} of ${changes.length} change${changes.length === 1 ? "" : "s"}`;
    }, 120);
  };
  const clear = () => {
    search.value = "";
    for (const box of boxes) box.checked = false;
    show();
  };
  search.addEventListener("input", show);
  for (const box of boxes) box.addEventListener("change", show);
  byId("clear").addEventListener("click", () => { clear(); search.focus(); });

  const visible = () => changes.filter((change) => !change.hidden);
  const allOpen = () => visible().every((change) => change.open);
  const name = () => { byId("toggle").textContent = allOpen() ? "Collapse all" : "Expand all"; };
  byId("toggle").addEventListener("click", () => {
    const open = !allOpen();
    for (const change of visible()) change.open = open;
    name();
  });

  const go = (change) => {
    const summary = change?.querySelector("summary");
    summary?.focus({ preventScroll: true });
    summary?.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const list = visible();
    const here = list.indexOf(document.activeElement?.closest("details.change"));
    go(list[here < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(Math.max(here + by, 0), list.length - 1)]);
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target === search;
    const inList = event.target.closest?.("details.change");
    const act = {
      "/": () => !typing && (search.focus(), search.select(), true),
      Escape: () => (clear(), typing && search.blur(), true),
      j: () => !typing && (step(1), true),
      k: () => !typing && (step(-1), true),
      ArrowDown: () => (inList || typing) && (step(1), true),
      ArrowUp: () => inList && (step(-1), true),
      Enter: () => typing && (step(1), true),
    }[event.key];
    if (act?.()) event.preventDefault();
  });

  const follow = () => {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* as it is */ }
    const change = byId(id);
    if (!change?.matches("details.change")) return;
    if (change.hidden) clear();
    change.open = true;
    go(change);
    change.scrollIntoView({ block: "start" });
  };
  addEventListener("hashchange", follow);

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => { for (const details of closed) details.open = false; });

  name();
  show();
  follow();
})();
