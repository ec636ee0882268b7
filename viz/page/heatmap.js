// @ts-check
// Values as pictures: a histogram, and a map with a cell for each number.

const [BELOW, ABOVE, NO_NUMBER] = [253, 254, 255];
const LEVELS = 252;
const NOT_FINITE = [213, 0, 84];

/** The histogram of an entry, a bar for each bin. */
function drawHistogram(entry) {
  const counts = entry.hist || [];
  if (counts.length < 2) return null;
  const most = Math.max(...counts);
  const bars = counts.map((n, i) => {
    const height = n ? Math.max(1, (36 * n) / most) : 0;
    const bar = { x: i * 10 + 0.5, y: 40 - height, width: 9, height, class: "bin" };
    return draw("rect", bar, draw("title", {}, binText(entry, i)));
  });
  // The bars fill the width, as the axis below them does.
  const viewBox = `0 0 ${10 * counts.length} 40`;
  const stretch = { preserveAspectRatio: "none", class: "histogram", role: "img" };
  const [low, high] = [number(entry.min), number(entry.max)];
  const label = `Histogram from ${low} to ${high}: ${counts.join(", ")}`;
  return el(
    "figure",
    {},
    draw("svg", { viewBox, ...stretch, "aria-label": label }, bars),
    el("figcaption", { class: "ends" }, el("span", {}, low), el("span", {}, high)),
  );
}

function binText(entry, i) {
  const bins = entry.hist.length;
  const from = number(numberAt(entry, i / bins));
  const to = number(numberAt(entry, (i + 1) / bins));
  return `${count(entry.hist[i])} from ${from} to ${to}`;
}

/** What the cells hold: their place on the ramp, and a text for each. */
function cellsOf(entry) {
  const { min, max } = entry;
  if (entry.numbers) {
    return entry.numbers.map((value) => ({
      part: partOf(entry, value),
      text: number(value),
    }));
  }
  return Array.from(atob(entry.levels), (character) => {
    const level = character.charCodeAt(0);
    if (level === NO_NUMBER) return { part: null, text: "NaN" };
    if (level === BELOW) return { part: null, text: "−∞" };
    if (level === ABOVE) return { part: null, text: "∞" };
    const part = max > min ? level / LEVELS : 0.5;
    return { part, text: `about ${number(numberAt(entry, level / LEVELS))}` };
  });
}

// The distance of the largest numbers is beyond all numbers, that of their halves not.
const partOf = ({ min, max }, value) =>
  max > min ? (value / 2 - min / 2) / (max / 2 - min / 2) : 0.5;
const numberAt = ({ min, max }, part) => min * (1 - part) + max * part;

/** The colours of a map: of the lowest number, 0, the highest, and what is none. */
function mapLegend(entry) {
  const { min, max, nan = 0, inf = 0 } = entry;
  const known = min === undefined ? [] : [min, ...(min < 0 && max > 0 ? [0] : []), max];
  const keys = [...new Set(known)].map((value) =>
    mapKey(rampBytes(partOf(entry, value)), number(value)),
  );
  const odd = [nan ? `NaN: ${count(nan)}` : "", inf ? `Inf: ${count(inf)}` : ""];
  const told = odd.filter(Boolean).join(", ");
  return el("div", { class: "keys" }, keys, told ? mapKey(NOT_FINITE, told) : null);
}

function mapKey(color, text) {
  const size = { width: 10, height: 10 };
  const square = draw("rect", { ...size, fill: `rgb(${color.join(" ")})` });
  return el("span", {}, draw("svg", { ...size, "aria-hidden": "true" }, square), text);
}

/** The map of an entry, a cell for each number; where the pointer is, it is said. */
function drawMap(entry, shape, name = "") {
  if (!entry.rows) return null;
  const size = name || mapSize(entry, shape);
  const { rows, columns } = entry;
  const cells = cellsOf(entry);
  const sheet = el("canvas", {
    width: columns,
    height: rows,
    class: `map${rows === 1 ? " line" : ""}`,
    role: "img",
    "aria-label": `Map of the values, ${size}`,
  });
  const pen = sheet.getContext("2d");
  const image = pen.createImageData(columns, rows);
  cells.forEach(({ part }, i) => {
    const color = part === null ? NOT_FINITE : rampBytes(part);
    image.data.set([...color, 255], 4 * i);
  });
  pen.putImageData(image, 0, 0);
  const said = el("figcaption", { class: "hint" }, size);
  sheet.addEventListener("pointermove", (event) => {
    const [row, column] = cellAt(sheet, event, entry);
    const [down, across] = entry.every || [1, 1];
    const place = `[${row * down}, ${column * across}]`;
    said.textContent = `${place} ${cells[row * columns + column].text}`;
  });
  sheet.addEventListener("pointerleave", () => {
    said.textContent = size;
  });
  return el("figure", {}, sheet, mapLegend(entry), said);
}

function cellAt(sheet, event, { rows, columns }) {
  const box = sheet.getBoundingClientRect();
  const part = (at, from, size, most) =>
    Math.max(0, Math.min(most - 1, Math.floor(((at - from) / size) * most)));
  return [
    part(event.clientY, box.top, box.height, rows),
    part(event.clientX, box.left, box.width, columns),
  ];
}

/** How much of an array the map shows. */
function mapSize({ rows, columns, every }, shape) {
  if (!every) return `${count(rows)} × ${count(columns)}, all of ${shape}`;
  const [down, across] = every;
  const parts = [];
  if (down > 1) parts.push(`every ${ordinal(down)} row`);
  if (across > 1) parts.push(`every ${ordinal(across)} column`);
  return `A sample of ${shape}: ${parts.join(", ")}`;
}

function ordinal(n) {
  const last = n % 100;
  const end = last > 10 && last < 14 ? "th" : { 1: "st", 2: "nd", 3: "rd" }[n % 10];
  return `${count(n)}${end || "th"}`;
}
