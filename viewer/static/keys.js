// Light or dark, and the keyboard. Loaded before the page is drawn, so that a dark one never flashes.
"use strict";

const kept = localStorage.getItem("theme");
if (kept) document.documentElement.dataset.theme = kept;

function turnLights() {
  const root = document.documentElement;
  const isDark = getComputedStyle(root).colorScheme === "dark"
    || (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = isDark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
}

const showKeys = () => document.getElementById("help").showModal();
const rows = () => [...document.querySelectorAll("[data-row]")];
const follow = (key) => document.querySelector(`a[data-key="${CSS.escape(key)}"]`)?.click();

// Go `step` rows on, or to the next that `fits`; from the last one, to the page that the key leads to.
function go(key, step, fits = () => true) {
  const all = rows();
  let at = all.findIndex((row) => row.classList.contains("here"));
  if (at < 0 && step < 0) at = all.length;
  do at += step; while (at >= 0 && at < all.length && !fits(all[at]));
  if (!all[at]) return follow(key);
  all.forEach((row, number) => row.classList.toggle("here", number === at));
  all[at].scrollIntoView({ block: "nearest" });
}

const open = (row) => row && location.assign(row.dataset.row);
const KEYS = {
  j: () => go("n", 1), n: () => go("n", 1), k: () => go("p", -1), p: () => go("p", -1),
  w: () => go("w", 1, (row) => "wrong" in row.dataset),
  t: turnLights, "?": showKeys,
  "/": () => document.querySelector("input[type=search]")?.select(),
  Enter: () => open(document.querySelector("[data-row].here")),
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  if (KEYS[event.key]) event.preventDefault();
  (KEYS[event.key] ?? (() => follow(event.key)))();
});

// A filter is asked for as soon as something is chosen, and its address names only what was chosen.
addEventListener("change", (event) => {
  if (event.target.matches("[data-filter] select")) event.target.form.requestSubmit();
});
addEventListener("submit", (event) => {
  if (!event.target.matches("[data-filter]")) return;
  for (const field of event.target.elements) field.disabled = !field.value;
});
addEventListener("pageshow", () => { // a page that comes back by the browser's own button
  document.querySelectorAll("[data-filter] :disabled").forEach((field) => { field.disabled = false; });
});

addEventListener("click", (event) => {
  const deed = event.target.closest("[data-do]")?.dataset.do;
  if (deed === "theme") turnLights();
  if (deed === "help") showKeys();
  if (event.target.closest("a, button, input, select, summary") || getSelection().toString()) return;
  open(event.target.closest("[data-row]"));
});
