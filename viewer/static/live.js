// What is still going on: pieces of a page that are fetched anew until nothing in them can change. Then the page is
// loaded once more, since its other parts may say how it went on.
const SLOWEST = 6_000; // milliseconds between two looks at what does not change

// Whether the piece has changed; null once it cannot change any more.
async function refresh(piece) {
  if (document.hidden) return false;
  const answer = await fetch(piece.dataset.live, { headers: { accept: "text/html" } });
  if (answer.status === 204) return null;
  const html = answer.ok ? await answer.text() : null;
  if (html === null || html === piece.shown) return false;
  const isFirst = piece.shown === undefined;
  const here = piece.querySelector("[data-row].here")?.dataset.row;
  piece.shown = html;
  piece.innerHTML = html;
  if (here) piece.querySelector(`[data-row="${CSS.escape(here)}"]`)?.classList.add("here");
  return !isFirst;
}

async function follow(piece) {
  const fastest = Number(piece.dataset.every ?? 2000);
  let pause = fastest;
  for (let changed; changed !== null;) {
    await new Promise((done) => setTimeout(done, pause));
    changed = await refresh(piece).catch(() => false); // the server may come back
    pause = changed ? fastest : Math.min(pause * 1.5, SLOWEST);
    if (changed === null) location.reload();
  }
}

document.querySelectorAll("[data-live]").forEach((piece) => void follow(piece));
