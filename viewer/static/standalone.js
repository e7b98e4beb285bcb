// The index of a file of conversations: filter, keyboard, and links that open what they lead to.
"use strict";

const episodes = [...document.querySelectorAll("details.episode")];
const form = document.getElementById("filter");
const words = new Map(episodes.map((one) => [one, one.querySelector("summary").textContent.toLowerCase()]));
let shown = episodes;

for (const name of ["lesson", "outcome"]) {
  const known = new Set(episodes.map((one) => one.dataset[name]));
  form.elements[name].append(...[...known].sort().map((value) => new Option(value, value)));
}

function filter() {
  const { q, lesson, outcome } = Object.fromEntries(new FormData(form));
  const fits = (one) => words.get(one).includes(q.trim().toLowerCase())
    && [one.dataset.lesson, ""].includes(lesson) && [one.dataset.outcome, ""].includes(outcome);
  shown = episodes.filter(fits);
  const visible = new Set(shown);
  for (const one of episodes) one.hidden = !visible.has(one);
  form.querySelector("output").textContent = `${shown.length} of ${episodes.length}`;
}

function open(one) {
  for (const other of document.querySelectorAll("details.episode[open]")) other.open = other === one;
  one.open = true;
  one.querySelector("summary").focus({ preventScroll: true });
  one.scrollIntoView();
}

function go(step, fits = () => true) {
  let at = shown.findIndex((one) => one.open);
  if (at < 0 && step < 0) at = shown.length;
  do at += step; while (shown[at] && !fits(shown[at]));
  if (shown[at]) open(shown[at]);
}

function followLink() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const one = target?.closest("details.episode");
  if (!one || one.open) return;
  one.open = true;
  target.scrollIntoView();
}

const KEYS = {
  n: () => go(1), p: () => go(-1), w: () => go(1, (one) => "wrong" in one.dataset),
  "/": () => form.elements.q.select(),
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (!KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
addEventListener("hashchange", followLink);
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
form.hidden = document.getElementById("keys").hidden = false;
filter();
followLink();
