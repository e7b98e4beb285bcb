// What is still going on: pieces of a page that are fetched anew until nothing in them can change.
async function refresh(piece) {
  if (document.hidden) return true;
  const answer = await fetch(piece.dataset.live, { headers: { accept: "text/html" } });
  if (answer.status === 204) return false;
  const html = answer.ok ? await answer.text() : null;
  if (html === null || html === piece.dataset.shown) return true;
  const here = piece.querySelector("[data-row].here")?.dataset.row;
  piece.dataset.shown = html;
  piece.innerHTML = html;
  if (here) piece.querySelector(`[data-row="${CSS.escape(here)}"]`)?.classList.add("here");
  return true;
}

async function follow(piece) {
  const pause = Number(piece.dataset.every ?? 2000);
  for (let going = true; going;) {
    await new Promise((done) => setTimeout(done, pause));
    going = await refresh(piece).catch(() => true); // the server may come back
  }
}

document.querySelectorAll("[data-live]").forEach((piece) => void follow(piece));
