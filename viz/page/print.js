// @ts-check
// Printing: all of the graph as it stands, not the part on the screen.

/** Draw everything while the page is on its way to paper. */
function installPrint(page) {
  const { canvas } = page;
  const { svg, host } = canvas;
  const media = matchMedia("print");
  let before = null;
  const start = () => {
    if (before) return;
    before = canvas.view;
    const { x, y, w, h } = canvas.extent();
    canvas.view = { x: 0, y: 0, k: 1 };
    canvas.printed = { left: x, top: y, right: x + w, bottom: y + h };
    canvas.sync();
    svg.setAttribute("viewBox", [x, y, w, h].map(round).join(" "));
    host.dataset.print = w > 1.3 * h ? "wide" : "high";
  };
  const end = () => {
    if (!before) return;
    canvas.view = before;
    canvas.printed = null;
    before = null;
    svg.removeAttribute("viewBox");
    canvas.sync();
  };
  media.addEventListener("change", () => (media.matches ? start() : end()));
  window.addEventListener("beforeprint", start);
  window.addEventListener("afterprint", end);
}
