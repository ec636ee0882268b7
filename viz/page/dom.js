// @ts-check
// Elements, made by functions; and numbers and names as readers like them.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Fill an element: attributes, handlers under `on`, and what stands inside.
 * @param {Element} element
 * @param {Record<string, any>} given
 * @param {any[]} inside
 */
function filled(element, given, inside) {
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, act] of Object.entries(value)) {
        element.addEventListener(event, /** @type {any} */ (act));
      }
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(
    ...inside.flat().filter((each) => each !== null && each !== undefined),
  );
  return element;
}

/**
 * Make an element of HTML.
 * @param {string} tag
 * @param {Record<string, any>} [given]
 * @param {...any} inside
 * @returns {any}
 */
function el(tag, given = {}, ...inside) {
  return filled(document.createElement(tag), given, inside);
}

/**
 * Make an element of SVG.
 * @param {string} tag
 * @param {Record<string, any>} [given]
 * @param {...any} inside
 * @returns {any}
 */
function draw(tag, given = {}, ...inside) {
  return filled(document.createElementNS(SVG, tag), given, inside);
}

/** A button: a text, or an icon with a name for those who do not see it. */
function button(inside, act, given = {}) {
  return el("button", { type: "button", on: { click: act }, ...given }, inside);
}

/** An icon of 20 by 20 from the data of a path. */
function icon(path) {
  return draw(
    "svg",
    { viewBox: "0 0 20 20", class: "icon", "aria-hidden": "true" },
    draw("path", { d: path }),
  );
}

/** A button that shows an icon. */
function iconButton(name, path, act, given = {}) {
  return button(icon(path), act, { "aria-label": name, title: name, ...given });
}

function find(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page lacks #${id}`);
  return element;
}

const count = (number) => number.toLocaleString("en-US");

function plural(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Bytes in the largest unit that leaves at least one: 2,048 are 2 KiB. */
function bytes(number) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let size = number;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const digits = unit && size < 100 && size % 1 ? 1 : 0;
  const text = size.toLocaleString("en-US", { maximumFractionDigits: digits });
  return `${text} ${units[unit]}`;
}

/** A colour class for a phase, also where there is none. */
function phaseClass(phase) {
  return phase ? `in-${phase}` : "in-none";
}

/** What a node is called, where there is room for all of it. */
const titleOf = (node) => node.whole || node.title;

/** The tag of a node in the colour of its phase, or its kind. */
function tagOf(node) {
  const text =
    node.tag || { input: "in", parameter: "W", state: "S" }[node.kind] || "·";
  const look = `tag ${phaseClass(node.tag ? node.phase : "")}`;
  return el("span", { class: look }, node.sign ? `${node.sign} ${text}` : text);
}
