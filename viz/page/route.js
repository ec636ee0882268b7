// @ts-check
// The ways of lines. Within a lane they come with the data; between lanes they follow
// the sides and the detour that the data names; between closed boxes they are curves.

const HEADS = { none: 0, normal: 6.5, vee: 6.5, odot: 5.2, diamond: 7.8 };
const RADIUS = 9;
const TRACK = 5;

/**
 * Return the lines of a scene that has been stacked.
 * @param {any} model
 * @param {any} scene
 * @param {(link: any) => boolean} wanted
 */
function routes(model, scene, wanted) {
  const lines = [];
  const merged = new Map();
  const tracks = new Map();
  for (const link of model.links) {
    const a = scene.place[link.s];
    const b = scene.place[link.t];
    if (!a || !b || a === b || !wanted(link)) continue;
    if (b.type === "node" && (a.type === "node" || link.stub !== undefined)) {
      lines.push({ ...nodeLine(model, scene, link, a, b, tracks), a, b });
    } else if (link.kind !== "constant") {
      const key = `${nameOf(a)}>${nameOf(b)}>${link.kind}`;
      const line = merged.get(key);
      if (line) line.links.push(link);
      else merged.set(key, { links: [link], a, b });
    }
  }
  for (const { links, a, b } of merged.values()) {
    const line = boxLine(model, scene, links, a, b, tracks);
    lines.push({ ...line, links, count: links.length, a, b });
  }
  return cleared(model, scene, lines);
}

const nameOf = (place) => (place.type === "node" ? `#${place.node.index}` : place.key);

function nodeLine(model, scene, link, a, b, tracks) {
  if (link.stub !== undefined) return stubLine(model, link, b);
  const isWhole = a.lane === b.lane && !a.lane.squeezed;
  if (link.path && isWhole) {
    const { x, y } = a.lane;
    const points = [];
    for (let i = 0; i < link.path.length; i += 2)
      points.push(link.path[i] + x, link.path[i + 1] + y);
    return finished(link, points, { isClear: true });
  }
  if (link.from && !a.lane.squeezed && !b.lane.squeezed) {
    return sidedLine(model, scene, link, a, b, tracks);
  }
  if (link.kind === "constant") return besideLine(link, a, b);
  return boxLine(model, scene, [link], a, b, tracks);
}

/** The way of a stub that lights up: behind all boxes, from its source. */
function liveLine(model, scene, { link, text }) {
  if (!text) return null;
  return plainLine(model, link, scene.place[link.s], scene.place[link.t]);
}

/**
 * A line with its points and its rectangle; `pathOf` writes it when it is drawn.
 * @returns {any}
 */
function finished(link, points, more = {}) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i], points[i + 1]];
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return {
    link,
    links: [link],
    points,
    x: left,
    y: top,
    w: right - left,
    h: bottom - top,
    ...more,
  };
}

/** The data of a path through the points of a line. */
function pathOf({ points }) {
  let d = `M${round(points[0])} ${round(points[1])}`;
  for (let i = 2; i + 5 < points.length; i += 6) {
    d += `C${points
      .slice(i, i + 6)
      .map(round)
      .join(" ")}`;
  }
  return d;
}

const round = (value) => Math.round(value * 10) / 10;

// ---- stubs and constants ----

function stubLine(model, link, b) {
  const edge = b.x - b.node.w / 2;
  const y = b.y + link.y;
  const length = HEADS[model.kinds[link.kind].head];
  const points = straight([edge - 8, y], [edge - length, y]);
  const text = { text: link.stub, tx: edge - 10, ty: y + 3 };
  return finished(link, points, { ...text, isClear: true });
}

function besideLine(link, a, b) {
  return finished(
    link,
    straight([a.x + a.node.w / 2 + 2, a.y], [b.x - b.node.w / 2, a.y]),
    { isClear: true },
  );
}

/**
 * @param {number[]} a
 * @param {number[]} b
 */
function straight(a, b) {
  const [x0, y0, x1, y1] = [...a, ...b];
  const [dx, dy] = [(x1 - x0) / 3, (y1 - y0) / 3];
  return [x0, y0, x0 + dx, y0 + dy, x1 - dx, y1 - dy, x1, y1];
}

// ---- between lanes ----

function sidedLine(model, scene, link, a, b, tracks) {
  const style = model.kinds[link.kind];
  const [out, into] = link.sides;
  const first = moved([a.x + link.from[0], a.y + link.from[1]], out, HEADS[style.tail]);
  const last = moved([b.x + link.to[0], b.y + link.to[1]], into, HEADS[style.head]);
  const detour = DETOURS[link.via];
  if (!detour) return finished(link, curve([first, last], "tb".includes(out)));
  const track = (place) => trackOf(tracks, place, link.s);
  const corners = detour({ model, scene, link, a, b, first, last, track });
  return finished(link, rounded([first, ...corners, last]));
}

/** @param {number[]} point */
function moved([x, y], side, by) {
  const [dx, dy] = { t: [0, -by], b: [0, by], l: [-by, 0], r: [by, 0] }[side];
  return [x + dx, y + dy];
}

/** Lines of one source share a track; others get the next. */
function trackOf(tracks, place, source) {
  if (!tracks.has(place)) tracks.set(place, new Map());
  const taken = tracks.get(place);
  if (!taken.has(source)) taken.set(source, taken.size);
  return taken.get(source);
}

const rowFrame = (scene, place) =>
  scene.rows.find((frame) => frame.row.index === place.lane.lane.row);

const DETOURS = {
  // From a parameter over everything to the forward column.
  header({ scene, b, first, last, track }) {
    const step = TRACK * (track(`header ${b.lane.lane.row}`) % 4);
    const x = scene.columns[0].right + 9 + step;
    const y = first[1] - 4 - step;
    return [
      [first[0], y],
      [x, y],
      [x, last[1]],
    ];
  },
  // Straight, across in the gap between two rows, and straight again.
  jog({ scene, a, b, first, last, track }) {
    const frame = rowFrame(scene, b);
    const step = TRACK * ((track(`jog ${b.lane.lane.row}`) % 3) - 1);
    const y = (a.y < b.y ? frame.y - 20 : frame.y + frame.h + 20) + step;
    return [
      [first[0], y],
      [last[0], y],
    ];
  },
  // Past what stands in the way, left of the column.
  gutter({ model, scene, b, first, last, track }) {
    const row = model.rows[b.lane.lane.row];
    let column = b.lane.lane.column;
    if (row.small) column = last[0] > scene.columns[0].right ? 1 : 0;
    const step = track(`gutter ${column}`) % 3;
    const x = scene.columns[column].left - 6 - TRACK * step;
    const away = (6 + 2 * step) * (first[1] < last[1] ? 1 : -1);
    const after = row.small ? rowFrame(scene, b).y - away : last[1] - away;
    return [
      [first[0], first[1] + away],
      [x, first[1] + away],
      [x, after],
      [last[0], after],
    ];
  },
  // From the backward column to the update of a parameter, which it enters from below.
  climb({ scene, b, first, last, track }) {
    const step = track(`climb ${b.lane.lane.row}`) % 4;
    const x = scene.columns[1].right + 9 + TRACK * step;
    const before = first[1] - 6 - 2 * step;
    const after = last[1] + 5 + 2 * step;
    const start = [
      [first[0], before],
      [x, before],
    ];
    if (b.lane.x <= scene.columns[2].left + 1)
      return [...start, [x, after], [last[0], after]];
    const beside = scene.lanes.filter(
      (lane) => lane.lane.row === b.lane.lane.row && lane.x >= scene.columns[2].left,
    );
    const low = Math.max(...beside.map((lane) => lane.y + lane.h)) + 7 + 3 * step;
    const left = b.lane.x - 4 - 3 * step;
    return [...start, [x, low], [left, low], [left, after], [last[0], after]];
  },
};

/** Through all points, with the same direction at each of them. */
function curve(through, vertical) {
  const points = [...through[0]];
  for (let i = 1; i < through.length; i += 1) {
    const [a, b] = [through[i - 1], through[i]];
    const middle = vertical ? (a[1] + b[1]) / 2 : (a[0] + b[0]) / 2;
    if (vertical) points.push(a[0], middle, b[0], middle, ...b);
    else points.push(middle, a[1], middle, b[1], ...b);
  }
  return points;
}

/** Straight lines with round corners. */
function rounded(corners) {
  const points = [...corners[0]];
  const here = () => points.slice(-2);
  for (let i = 1; i + 1 < corners.length; i += 1) {
    const [before, corner, after] = corners.slice(i - 1, i + 2);
    const radius = Math.min(RADIUS, dist(before, corner) / 2, dist(corner, after) / 2);
    const a = towards(corner, before, radius);
    const b = towards(corner, after, radius);
    points.push(...straight(here(), a).slice(2));
    points.push(
      ...towards(a, corner, radius * 0.55),
      ...towards(b, corner, radius * 0.55),
    );
    points.push(...b);
  }
  points.push(...straight(here(), corners[corners.length - 1]).slice(2));
  return points;
}

const dist = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

function towards(a, b, by) {
  const length = dist(a, b);
  if (!length) return a;
  return [a[0] + ((b[0] - a[0]) * by) / length, a[1] + ((b[1] - a[1]) * by) / length];
}
