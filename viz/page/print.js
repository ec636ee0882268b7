// @ts-check
// Printing: all of the graph as it stands, not the part on the screen, and below it the
// operations in order, and what other features add to the paper.

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
    document.body.append(paperOf(page));
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
    find("paper").remove();
    svg.removeAttribute("viewBox");
    canvas.sync();
  };
  media.addEventListener("change", () => (media.matches ? start() : end()));
  window.addEventListener("beforeprint", start);
  window.addEventListener("afterprint", end);
}

/** What stands below the drawing. */
function paperOf(page) {
  const { outline } = page;
  const shown = [...outline.element.children].filter((each) => !each.hidden);
  const heading = find("outline").querySelector("h2").textContent;
  return el(
    "section",
    { id: "paper" },
    el("h2", {}, heading),
    el("ul", { class: "in-order" }, shown.map(paperLine)),
    page.paper.flatMap((make) => make()),
  );
}

/** A line of the list, without what it is there for choosing. */
function paperLine(option) {
  const line = el("li", { class: option.className });
  for (const each of option.childNodes) line.append(each.cloneNode(true));
  return line;
}
