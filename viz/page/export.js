// @ts-check
// The graph as it stands (what is open, shown, isolated) as a file: SVG, PNG or DOT.

const SCALE = 2;
const MOST_PIXELS = 12000;
const DRAWN_STYLES = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-opacity",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linecap",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
];

/** Add the menu of exports, and `page.exports`: svg(), png(), dot(). */
function installExport(page) {
  const menu = el("div", { id: "exports", popover: "auto" });
  document.body.append(menu);
  page.exports = {
    svg: () => svgText(page),
    dot: () => dotText(page),
    png: () => pngBlob(page),
  };
  const save = (ending, make, type) => async () => {
    menu.hidePopover();
    const made = await make();
    const blob = made instanceof Blob ? made : new Blob([made], { type });
    download(blob, `${fileName(page.data.title)}.${ending}`);
    page.announce(`Saved as ${ending.toUpperCase()}`);
  };
  menu.append(
    button(
      "SVG, for print and editing",
      save("svg", page.exports.svg, "image/svg+xml"),
    ),
    button("PNG, twice the size", save("png", page.exports.png, "image/png")),
    button("DOT, for Graphviz", save("dot", page.exports.dot, "text/vnd.graphviz")),
    button("Print", () => {
      menu.hidePopover();
      window.print();
    }),
  );
  const opener = button("Export", () => {}, {
    popovertarget: "exports",
    class: "text",
  });
  page.toolbar.add(opener, 30);
  page.keys.add(["x"], "export", () => {
    menu.togglePopover(true);
    menu.querySelector("button").focus();
  });
}

function fileName(title) {
  return title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "graph";
}

function download(blob, name) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// ---- SVG and PNG ----

/** The drawing with every style written out: other programs know no variables. */
function svgText(page) {
  const { canvas } = page;
  const { x, y, w, h } = canvas.extent();
  // The marks of a step are written out as they look while it is stepped through.
  const stepping = canvas.svg.classList.contains("stepping") ? " stepping" : "";
  const copy = draw("svg", { class: `unseen${stepping}` });
  const groups = {};
  for (const layer of ["rows", "lanes", "lines", "nodes"]) {
    groups[layer] = draw("g", { class: `layer-${layer}` });
  }
  for (const thing of canvas.things) {
    if (thing.when !== "far") groups[thing.layer].append(thing.make());
  }
  copy.append(markers(page.data), ...Object.values(groups));
  for (const sign of copy.querySelectorAll(".toggle, .sign")) sign.remove();
  canvas.host.append(copy);
  writeStyles(copy);
  copy.remove();
  const ground = getComputedStyle(document.body).backgroundColor;
  copy.prepend(draw("rect", { x, y, width: w, height: h, fill: ground }));
  for (const name of ["class", "id"]) copy.removeAttribute(name);
  const size = {
    xmlns: SVG,
    viewBox: [x, y, w, h].map(round).join(" "),
    width: Math.ceil(w),
    height: Math.ceil(h),
  };
  filled(copy, size, [draw("title", {}, page.data.title)]);
  return new XMLSerializer().serializeToString(copy);
}

// Elements with the same classes on the way up look the same: one look-up for all.
function writeStyles(root) {
  const known = new Map();
  for (const element of root.querySelectorAll("*")) {
    if (
      element.tagName === "g" ||
      element.tagName === "marker" ||
      element.tagName === "defs"
    )
      continue;
    const key = styleKey(element);
    if (!known.has(key)) known.set(key, stylesOf(element));
    for (const [name, value] of known.get(key)) element.setAttribute(name, value);
  }
  for (const element of root.querySelectorAll("[class],[style]")) {
    element.removeAttribute("style");
    element.removeAttribute("data-node");
    element.removeAttribute("class");
  }
}

function styleKey(element) {
  const parts = [element.getAttribute("style") || ""];
  for (let at = element; at.parentElement && parts.length < 6; at = at.parentElement) {
    parts.push(`${at.tagName}.${at.getAttribute("class") || ""}`);
  }
  return parts.join(" ");
}

function stylesOf(element) {
  const style = getComputedStyle(element);
  const isText = ["text", "tspan"].includes(element.tagName);
  return DRAWN_STYLES.filter(
    (name) => isText || (!name.startsWith("font") && name !== "text-anchor"),
  )
    .map((name) => [name, style.getPropertyValue(name)])
    .filter(([name, value]) => value && !(name.endsWith("opacity") && value === "1"));
}

async function pngBlob(page) {
  const { w, h } = page.canvas.extent();
  const scale = Math.min(SCALE, MOST_PIXELS / w, MOST_PIXELS / h);
  const url = URL.createObjectURL(new Blob([svgText(page)], { type: "image/svg+xml" }));
  const image = new Image();
  image.src = url;
  await image.decode();
  const sheet = el("canvas", {
    width: Math.ceil(w * scale),
    height: Math.ceil(h * scale),
  });
  sheet.getContext("2d").drawImage(image, 0, 0, sheet.width, sheet.height);
  URL.revokeObjectURL(url);
  return new Promise((resolve) => sheet.toBlob(resolve, "image/png"));
}
