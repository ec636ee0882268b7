// @ts-check
// The ways of lines that start or end at a closed lane, a closed row or a repeat. They
// keep to the gaps between lanes; what comes from far away is a text at its reader.

// Lines of a kind leave a box at their own place: none lies on another.
const SHARE = {
  flow: 0.5,
  state: 0.36,
  gradient: 0.66,
  step: 0.8,
  assign: 0.9,
  saved: 0.2,
};

/** The way of one line for all `links` from `a` to `b`. */
function boxLine(model, scene, links, a, b, tracks) {
  const link = links[0];
  const [here, there] = [spotOf(a), spotOf(b)];
  const inner = a.type === "node" && b.type === "node" && a.lane === b.lane;
  const way = inner ? "plain" : wayOf(link, here, there);
  const track = (place) => trackOf(tracks, place, nameOf(a));
  const task = { model, scene, link, a, b, here, there, track };
  return way === "stub" ? boxStub(task) : WAYS[way](task);
}

/** The row and the column in which a place is; a closed row is in all columns. */
function spotOf(place) {
  if (place.type === "row" || place.type === "repeat") {
    return { row: place.row.index, column: null, lane: null };
  }
  const lane = place.type === "lane" ? place : place.lane;
  return { row: lane.lane.row, column: lane.lane.column, lane };
}

function wayOf(link, here, there) {
  if (here.row === there.row) {
    if (here.column === 2 && there.column === 0) return "over";
    if (here.column === 1 && there.column === 2) return "under";
    return "plain";
  }
  const within = (column) =>
    [here, there].every((spot) => spot.column === null || spot.column === column);
  if (link.kind === "flow" && within(0)) return "spine";
  if (link.kind === "gradient" && within(1)) return within(null) ? "spine" : "beside";
  if (within(2) && (here.column === null || there.column === null)) return "bus";
  return "stub";
}

const WAYS = {
  plain: ({ model, link, a, b }) => plainLine(model, link, a, b),
  // From the third column over everything to the first.
  over({ model, scene, link, a, b, there, track }) {
    const from = boxOf(a);
    const step = TRACK * (track(`header ${there.row}`) % 4);
    const first = [from.x + from.w / 2, from.y];
    const x = scene.columns[0].right + 9 + step;
    // Above the name of what comes from far away.
    const y = first[1] - (a.type === "lane" ? 15 + step / 3 : 4 + step);
    const last = intoSide(model, link, b, "r");
    return finished(link, rounded([first, [first[0], y], [x, y], [x, last[1]], last]));
  },
  // From the second column to the third, which it enters from the left or from below.
  under({ model, scene, link, a, b, there, track }) {
    const from = boxOf(a);
    const to = boxOf(b);
    const step = track(`climb ${there.row}`) % 4;
    const first = [from.x + from.w / 2, from.y];
    const before = first[1] - 6 - 2 * step;
    const x = scene.columns[1].right + 9 + TRACK * step;
    const start = [first, [first[0], before], [x, before]];
    if (b.type === "node") {
      const [low, way] = [to.y + to.h, to.x + to.w / 2 + 8 * step];
      const last = [way, low + HEADS[model.kinds[link.kind].head]];
      const under = low + 12 + 2 * step;
      const end = [[x, under], [way, under], last];
      return finished(link, rounded([...start, ...end]));
    }
    if (there.lane.x <= scene.columns[2].left + 1) {
      const last = intoSide(model, link, b, "l", 8 * step);
      const mark = [last[0] - 14, last[1] - 3];
      return finished(link, rounded([...start, [x, last[1]], last]), { mark });
    }
    const low = bottomOf(scene, there.row) + 7 + 3 * step;
    const last = [
      to.x + 24 + 8 * step,
      to.y + to.h + HEADS[model.kinds[link.kind].head],
    ];
    const mark = [last[0] + 4, last[1] + 4];
    return finished(link, rounded([...start, [x, low], [last[0], low], last]), {
      mark,
    });
  },
  // Down or up the first column, past what stands between.
  spine({ model, scene, link, a, b, track }) {
    const [from, to] = [boxOf(a), boxOf(b)];
    const gap = Math.max(to.y - from.y - from.h, from.y - to.y - to.h);
    if (from.x + from.w <= to.x || to.x + to.w <= from.x)
      return WAYS.bus({ model, link, a, b });
    if (gap < 200) return plainLine(model, link, a, b);
    const x =
      Math.min(from.x, to.x, scene.columns[0].left) - 10 - TRACK * (track("spine") % 4);
    const first = [from.x, from.y + from.h / 2];
    const last = intoSide(model, link, b, "l");
    return finished(link, rounded([first, [x, first[1]], [x, last[1]], last]));
  },
  // Between a closed row and what stands right of it: one way for all rows.
  bus({ model, link, a, b }) {
    const [from, to] = [boxOf(a), boxOf(b)];
    const isOut = from.x < to.x;
    if (!isOut && from.x < to.x + to.w) return boxStub({ model, link, a, b });
    const x = isOut ? to.x - 16 : from.x - 28;
    const first = sideOf(a, isOut ? "r" : "l", isOut ? 12 : -8);
    const last = intoSide(model, link, b, isOut ? "l" : "r", isOut ? 8 : -4);
    const mark = isOut ? [first[0] + 4, first[1] - 3] : [last[0] + 4, last[1] - 3];
    return finished(link, rounded([first, [x, first[1]], [x, last[1]], last]), {
      mark,
    });
  },
  // Between the rows of the backward column, left of its lanes: out at the top of an
  // operation, in from below.
  beside({ model, link, a, b, here, there, track }) {
    const lane = there.lane || here.lane;
    const x = lane.x - 9 - TRACK * (track(`beside ${lane.lane.row}`) % 3);
    const [from, to] = [boxOf(a), boxOf(b)];
    const middle = (box) => box.x + box.w / 2;
    const start = here.lane
      ? [
          [middle(from), from.y],
          [middle(from), from.y - 12],
          [x, from.y - 12],
        ]
      : [sideOf(a, "r", 10), [x, sideOf(a, "r", 10)[1]]];
    const low = to.y + to.h + HEADS[model.kinds[link.kind].head];
    const into = intoSide(model, link, b, "r", 10);
    const end = there.lane
      ? [
          [x, low + 6],
          [middle(to), low + 6],
          [middle(to), low],
        ]
      : [[x, into[1]], into];
    const mark = there.lane ? [x + 4, low + 2] : [into[0] + 4, into[1] - 3];
    return finished(link, rounded([...start, ...end]), { mark });
  },
};

function bottomOf(scene, row) {
  const lanes = scene.lanes.filter(
    (lane) => lane.lane.row === row && lane.lane.column === 2,
  );
  return Math.max(...lanes.map((lane) => lane.y + lane.h));
}

/** The middle of a side, or a little below it. */
function sideOf(place, side, below = 0) {
  const box = boxOf(place);
  return [side === "l" ? box.x : box.x + box.w, box.y + box.h / 2 + below];
}

function intoSide(model, link, place, side, below = 0) {
  const length = HEADS[model.kinds[link.kind].head];
  return moved(sideOf(place, side, below), side, length);
}

// ---- from far away ----

/** A short arrow at the reader with the name of where it comes from. */
function boxStub({ model, link, a, b }) {
  const box = boxOf(b);
  const length = HEADS[model.kinds[link.kind].head];
  const more = { text: stubName(model, a), isStub: true };
  if (b.type === "lane") {
    const x = box.x + 0.58 * box.w;
    const points = straight([x, box.y - 13], [x, box.y - length]);
    return finished(link, points, {
      ...more,
      tx: x + 5,
      ty: box.y - 6,
      anchor: "start",
    });
  }
  const y = b.type === "node" ? stubHeight(b) : box.y + box.h - 12;
  const points = straight([box.x - 8, y], [box.x - length, y]);
  return finished(link, points, { ...more, tx: box.x - 10, ty: y + 3 });
}

/** Beside a node, or below what stands beside it already. */
function stubHeight({ y, node }) {
  const isTaken = node.ins.some((link) => link.stub || link.kind === "constant");
  return isTaken ? y + node.h / 2 - 7 : y;
}

/** Several stubs at one box are one, with the first name and how many more. */
function oneStub(lines) {
  const [first] = lines;
  const names = [...new Set(lines.map((line) => line.text))];
  const text = names.length > 1 ? `${names[0]} +${names.length - 1}` : names[0];
  return { ...first, text, count: 0, links: lines.flatMap((line) => line.links) };
}

function stubName(model, place) {
  if (place.type === "node") return place.node.tag || place.node.title;
  if (place.type === "lane")
    return `${model.rows[place.lane.row].title} ${place.lane.name}`;
  return place.row.title;
}

// ---- the shortest way ----

function plainLine(model, link, a, b) {
  const style = model.kinds[link.kind];
  const [from, to] = [boxOf(a), boxOf(b)];
  const sides = sidesOf(from, to);
  const share = a.type === "node" || b.type === "node" ? 0.5 : SHARE[link.kind] || 0.5;
  const first = moved(portOf(from, sides[0], share), sides[0], HEADS[style.tail]);
  const last = moved(portOf(to, sides[1], share), sides[1], HEADS[style.head]);
  return finished(link, curve([first, last], "tb".includes(sides[0])));
}

function sidesOf(from, to) {
  if (from.x + from.w <= to.x && Math.abs(from.y - to.y) < 400) return "rl";
  if (to.x + to.w <= from.x && Math.abs(from.y - to.y) < 400) return "lr";
  if (from.y + from.h <= to.y) return "bt";
  if (to.y + to.h <= from.y) return "tb";
  return from.x < to.x ? "rl" : "lr";
}

function portOf(box, side, share) {
  if (side === "t" || side === "b") {
    return [box.x + box.w * share, side === "t" ? box.y : box.y + box.h];
  }
  return [side === "l" ? box.x : box.x + box.w, box.y + box.h * share];
}
