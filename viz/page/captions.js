// @ts-check
// Where titles of frames stand: in a gap between lines, and those of one side below
// each other.

const STRIPE = 64;
const CLEAR = 6;
// From the top of a frame: where the letters of its title begin and end, and where
// they start, with the sign that closes the frame, whose width is `sign`.
const ROW_CAPTION = { top: 8, low: 26, start: 11, sign: 17, end: 12 };
const LANE_CAPTION = { top: 4, low: 20, start: 8, sign: 14, end: 4 };

/**
 * Return a function that looks for the place of a title: from the frame, what titles
 * of its kind are like, and the width, to the first x with so much room, or null.
 * @param {any[]} lines
 */
function captions(lines) {
  const bands = new Map();
  for (const { points } of lines) {
    for (let i = 0; i + 7 < points.length; i += 6) {
      const ys = [points[i + 1], points[i + 3], points[i + 5], points[i + 7]];
      const last = Math.floor(Math.max(...ys) / STRIPE);
      for (let k = Math.floor(Math.min(...ys) / STRIPE); k <= last; k += 1) {
        if (!bands.has(k)) bands.set(k, []);
        bands.get(k).push([points, i]);
      }
    }
  }
  return (frame, look) => {
    const strip = { top: frame.y + look.top, low: frame.y + look.low };
    const right = frame.x + frame.w - look.end;
    const xs = crossings(bands, strip);
    const left = frame.x + look.start;
    const ask = (width, least = 0) =>
      gapFrom(xs, Math.max(left, least), right, look.sign + width);
    /** Where there is most room, if there is not enough, and how much. */
    ask.widest = () => {
      const ends = [left - CLEAR, ...xs.filter((x) => x > left && x < right), right];
      const gaps = ends.slice(1).map((x, i) => [ends[i] + CLEAR, x - ends[i] - CLEAR]);
      const [x, room] = gaps.reduce((a, b) => (b[1] > a[1] ? b : a));
      return { x, room: room - CLEAR - look.sign };
    };
    return ask;
  };
}

/** From left to right, where lines cross a strip. */
function crossings(bands, { top, low }) {
  const found = [];
  for (let k = Math.floor(top / STRIPE); k <= Math.floor(low / STRIPE); k += 1) {
    for (const [points, i] of bands.get(k) || []) {
      for (const [x, y] of along(points, i)) if (top < y && y < low) found.push(x);
    }
  }
  return found.sort((a, b) => a - b);
}

/** The first x that has so much room before the next line, or null. */
function gapFrom(xs, start, right, width) {
  let from = start;
  for (const x of xs) {
    if (x > from - CLEAR && x < from + width + CLEAR) from = x + CLEAR;
  }
  return from + width <= right ? from : null;
}

/** Points along one piece of a line, none far from the next. */
function along(points, i) {
  const [x0, y0, x1, y1, x2, y2, x3, y3] = points.slice(i, i + 8);
  const count = Math.ceil(Math.hypot(x3 - x0, y3 - y0) / 4) + 3;
  const found = [];
  for (let k = 0; k <= count; k += 1) {
    const t = k / count;
    const s = 1 - t;
    const [a, b, c, d] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
    found.push([a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3]);
  }
  return found;
}

/** Give all texts beside nodes their places. */
function placeTexts(scene, lines) {
  scene.left = Math.min(scene.left, leftOf(lines));
  placeTitles(scene, lines);
}

// Texts of stubs stand left of everything else.
function leftOf(lines) {
  const texts = lines.filter((line) => line.text && !line.anchor);
  return Math.min(0, ...texts.map((line) => line.tx - 5.4 * line.text.length));
}

/**
 * Give every frame of a row, or around rows, the place of its title. What is said about
 * a layer is left out if there is room for its name alone, which is cut if it must be.
 */
function placeTitles(scene, lines) {
  const find = captions(lines);
  const sides = new Map();
  for (const frame of [...scene.groups, ...scene.rows]) {
    if (!frame.title || frame.shut) continue;
    const side = Math.max(0, Math.round(frame.x));
    const title = { frame, ask: find(frame, ROW_CAPTION) };
    sides.set(side, [...(sides.get(side) || []), title]);
  }
  for (const titles of sides.values()) {
    const shared = sharedStart(titles);
    for (const { frame, ask } of titles) {
      const [whole, alone] = frame.widths;
      const x = ask(whole, shared) ?? ask(whole);
      const short = x ?? ask(alone);
      const most = short === null ? ask.widest() : { x: short, room: Infinity };
      frame.start = most.x - frame.x;
      frame.heading = clipped(frame.title, most.room, 8.2);
      frame.isShort = x === null;
    }
  }
  for (const lane of scene.lanes.filter((each) => !each.shut)) {
    const x = find(lane, LANE_CAPTION)(lane.lane.label);
    lane.start = x === null ? LANE_CAPTION.start : x - lane.x;
  }
}

/** The first x at which no line crosses any of the titles that have room there. */
function sharedStart(titles) {
  let x = 0;
  for (;;) {
    const starts = titles.map(({ frame, ask }) => ask(frame.widths[0], x) ?? 0);
    const next = Math.max(x, ...starts);
    if (next === x) return x;
    x = next;
  }
}
