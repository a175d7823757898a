"""What is asked of a page from inside of it, in its own language."""

from __future__ import annotations

CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !element.checkVisibility() || element.tagName === "SCRIPT") continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    found.push([(a + 0.05) / (b + 0.05), element.tagName + "." + element.className, element.textContent.slice(0, 40)]);
  }
  return found.sort((x, y) => x[0] - y[0]);
}"""
"""The contrast of every visible text with what is behind it, the weakest first. [WCAG 2.2, 1.4.3]"""

BARRIERS = """() => {
  const wrong = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const name = (e) => (e.getAttribute("aria-label") || e.labels?.[0]?.textContent || e.textContent || "").trim();
  if (!document.documentElement.lang) wrong.push("no language");
  if (!document.title) wrong.push("no title");
  for (const landmark of ["header", "main", "footer", "[role=search]"]) {
    if (all(landmark).length !== 1) wrong.push("not one " + landmark);
  }
  const ids = all("[id]").map((e) => e.id);
  if (new Set(ids).size !== ids.length) wrong.push("an id twice");
  for (const e of all("button, input, a[href], summary")) if (!name(e)) wrong.push("nameless " + e.outerHTML);
  for (const e of all("[aria-labelledby]")) {
    if (!document.getElementById(e.getAttribute("aria-labelledby"))) wrong.push("labelled by nothing");
  }
  if (all("h1").length !== 1) wrong.push("not one h1");
  let level = 1;
  for (const e of all("h1, h2, h3, h4")) {
    if (Number(e.tagName[1]) > level + 1) wrong.push("a heading skips a level: " + e.textContent);
    level = Number(e.tagName[1]);
  }
  for (const e of all("th")) if (!e.scope) wrong.push("th without scope");
  for (const e of all("summary")) {
    if (e.querySelector("a, button, input")) wrong.push("something to press within something to press");
    if (e.parentElement.firstElementChild !== e) wrong.push("summary is not first");
  }
  for (const e of all("ul > :not(li), dl > :not(div)")) wrong.push("stray " + e.tagName);
  if (all("[tabindex]").some((e) => e.tabIndex > 0)) wrong.push("an order of its own");
  return wrong;
}"""
"""What stands in the way of a screen reader or a keyboard, as far as a program can tell."""

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
EXECUTED = "typeof window.owned"
ELEMENTS = "(names) => names.flatMap((name) => [...document.querySelectorAll(name)]).map((e) => e.outerHTML)"
FOCUSED = "document.activeElement.closest('details.change')?.id ?? document.activeElement.id"
CUT_OFF = """() => [...document.querySelectorAll("details.change .body")].filter((e) => !e.checkVisibility())
  .map((e) => e.parentElement.id)"""
SHOWN = "[...document.querySelectorAll('details.change')].filter((e) => e.checkVisibility()).map((e) => e.id)"
