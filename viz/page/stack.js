// @ts-check
// Where rows, lanes and nodes stand: sums of sizes, open or closed. Within a lane,
// places come with the data.

const MARGIN = 10;
const GUTTER = 38;
const LANE_GAP = 8;
const TITLE = 30;
const FOOT = 16;
const ROW_GAP = 46;
const BUS = 64;
const HEADER = 46;
const SHUT_LANE = { w: 164, h: 84, above: 18 };
const SHUT_ROW = { w: 288, h: 64 };
const SQUEEZED = { top: 30, gap: 26, side: 14 };

/**
 * Put everything into its place.
 * @param {any} model
 * @param {{closed: Set<string>, phases: Set<string>, kept: Set<number> | null,
 *   absent: Set<number>}} state `kept` are the nodes to which the view is limited, if
 *   it is; `absent` are never shown.
 */
function stack(model, state) {
  // What a view is limited to is seen, whatever is closed otherwise.
  const closed = state.kept ? new Set() : state.closed;
  const { phases, kept, absent } = state;
  const view = { closed, phases, kept, absent };
  const shown = shownNodes(model, view);
  const scene = { width: 0, height: 0, rows: [], lanes: [], boxes: [], nodes: [] };
  Object.assign(scene, { groups: [], left: 0, top: 0 });
  scene.place = new Array(model.nodes.length).fill(null);
  const rows = model.rows
    .map((row) => measuredRow(model, view, shown, row))
    .filter((row) => row !== null);
  const columns = columnsOf(rows);
  scene.columns = columns;
  const aside = rows.filter((row) => row.row.aside && !row.shut);
  const bands = bandsOf(rows.filter((row) => !aside.includes(row)));
  let y = 0;
  for (const band of bands) {
    y = placeBand(scene, band, columns, y + roomAbove(model, band)) + ROW_GAP;
  }
  scene.height = Math.max(0, y - ROW_GAP);
  if (aside.length) placeAside(scene, aside, columns);
  for (const row of scene.rows) {
    scene.width = Math.max(scene.width, row.x + row.w);
    scene.height = Math.max(scene.height, row.y + row.h);
  }
  placeGroups(model, scene);
  return scene;
}

/** Which nodes are shown: of a phase that is on; leaves, if one of these reads them. */
function shownNodes(model, view) {
  const shown = model.nodes.map(
    (node) =>
      (!node.tag || view.phases.has(node.phase)) && !view.absent.has(node.index),
  );
  for (let i = model.nodes.length - 1; i >= 0; i -= 1) {
    const node = model.nodes[i];
    const isPart = node.kind !== "operation" && node.outs.length;
    if (isPart && !node.outs.some((link) => shown[link.t])) shown[i] = false;
  }
  if (view.kept) {
    for (let i = 0; i < shown.length; i += 1) shown[i] = shown[i] && view.kept.has(i);
  }
  return shown;
}

// ---- sizes ----

function measuredRow(model, view, shown, row) {
  const lanes = row.lanes
    .map((each) => measuredLane(model, view, shown, model.lanes[each]))
    .filter((lane) => lane !== null);
  if (!lanes.length) return null;
  const group = row.group;
  if (group && view.closed.has(group.key)) {
    if (group.rows[0] !== row.index) return null;
    const rows = group.rows.map((each) => model.rows[each]);
    return shutRow(
      row,
      rows.flatMap(model.nodesOf).filter((n) => shown[n.index]),
      group,
    );
  }
  if (row.title && view.closed.has(row.key)) {
    return shutRow(
      row,
      lanes.flatMap((lane) => lane.all),
      null,
    );
  }
  return { row, lanes, shut: false };
}

function shutRow(row, nodes, group) {
  return { row, group, nodes, lanes: [], shut: true, ...SHUT_ROW };
}

function measuredLane(model, view, shown, lane) {
  const all = lane.nodes.filter((node) => shown[node.index]);
  const isMore = (node) => node.kind !== "constant";
  if (!all.length || (lane.nodes.some(isMore) && !all.some(isMore))) return null;
  if (lane.phase && view.closed.has(lane.key)) {
    return { lane, all, nodes: [], shut: true, ...SHUT_LANE };
  }
  if (all.length === lane.nodes.length) {
    const nodes = all.map((node) => ({ node, x: node.x, y: node.y }));
    return { lane, all, nodes, shut: false, w: lane.width, h: lane.height };
  }
  return { lane, all, shut: false, squeezed: true, ...squeezed(all) };
}

/** What is left of a lane moves together: levels stay levels, sides stay sides. */
function squeezed(all) {
  const levels = new Map();
  for (const node of all.filter((each) => each.kind !== "constant")) {
    levels.set(node.y, [...(levels.get(node.y) || []), node]);
  }
  const nodes = [];
  let y = SQUEEZED.top;
  let width = 0;
  for (const level of [...levels.keys()].sort((a, b) => a - b)) {
    const line = levels.get(level).sort((a, b) => a.x - b.x);
    const height = Math.max(...line.map((node) => node.h));
    let x = SQUEEZED.side;
    for (const node of line) {
      x += constantRoom(node, all);
      nodes.push({ node, x: x + node.w / 2, y: y + height / 2 });
      x += node.w + SQUEEZED.side;
    }
    width = Math.max(width, x);
    y += height + SQUEEZED.gap;
  }
  placeConstants(all, nodes);
  return { nodes, w: width, h: y - SQUEEZED.gap + SQUEEZED.side };
}

/** A constant stands left of its reader. */
function constantRoom(node, all) {
  const beside = node.ins.map((link) => all.find((each) => each.index === link.s));
  const widths = beside.filter((each) => each && each.kind === "constant");
  return widths.length ? Math.max(...widths.map((each) => each.w)) + 16 : 0;
}

function placeConstants(all, nodes) {
  const placed = new Map(nodes.map((each) => [each.node.index, each]));
  for (const node of all.filter((each) => each.kind === "constant")) {
    const readers = node.outs.map((link) => placed.get(link.t)).filter(Boolean);
    if (!readers.length) continue;
    const { node: reader, x, y } = readers[0];
    const dy = node.lane === reader.lane ? node.y - reader.y : 0;
    nodes.push({ node, x: x - reader.w / 2 - 10 - node.w / 2, y: y + dy });
  }
}

// ---- places ----

const inColumn = (row, number) =>
  row.lanes.filter((lane) => lane.lane.column === number);

function widthOf(lanes) {
  if (!lanes.length) return 0;
  return lanes.reduce((sum, lane) => sum + lane.w, LANE_GAP * (lanes.length - 1));
}

function columnsOf(rows) {
  const widths = [0, 1, 2].map((number) =>
    Math.max(
      0,
      ...rows
        .filter((row) => !row.row.small && !(row.row.aside && !row.shut))
        .map((row) =>
          row.shut && number === 0 ? row.w : widthOf(inColumn(row, number)),
        ),
    ),
  );
  let x = 2 * MARGIN;
  return widths.map((width) => {
    const column = { left: x, right: x + width };
    x += width + (width ? GUTTER : 0);
    return column;
  });
}

function bandsOf(rows) {
  const bands = new Map();
  for (const row of rows) {
    const key = row.row.band;
    bands.set(key, [...(bands.get(key) || []), row]);
  }
  return [...bands.keys()].sort((a, b) => a - b).map((key) => bands.get(key));
}

function placeBand(scene, band, columns, y) {
  let right = null;
  let bottom = y;
  const frames = [];
  for (const row of band) {
    let own = columns;
    const isBeside = row.row.small || (right !== null && row.shut);
    if (isBeside) {
      const left =
        right === null ? columns[0].left : right + (row.shut ? BUS : 3 * MARGIN);
      const width = row.shut ? row.w : widthOf(row.lanes);
      own = [0, 1, 2].map(() => ({ left, right: left + width }));
    }
    const frame = row.shut
      ? placeShut(scene, row, own, y)
      : placeOpen(scene, row, own, y);
    right = Math.max(right === null ? 0 : right, frame.x + frame.w);
    bottom = Math.max(bottom, frame.y + frame.h);
    frames.push(frame);
  }
  for (const frame of frames.filter((each) => !each.shut)) frame.h = bottom - frame.y;
  return bottom;
}

function placeAside(scene, rows, columns) {
  const edge = Math.max(0, ...scene.rows.map((row) => row.x + row.w));
  const left = edge + GUTTER;
  const own = [0, 1, 2].map(() => ({ left, right: left }));
  const titled = scene.rows.find((row) => row.title);
  let y = titled ? titled.y : 0;
  for (const row of rows) {
    const frame = placeOpen(scene, row, own, y);
    y = frame.y + frame.h + ROW_GAP;
  }
  columns[2] = { left, right: left };
}

function placeShut(scene, row, columns, y) {
  const { left, right } = columns[0];
  const x = Math.max(left, left + (right - left - row.w) / 2);
  const box = { ...row, x, y, key: row.group ? row.group.key : row.row.key };
  const frame = {
    row: row.row,
    x,
    y,
    w: row.w,
    h: row.h,
    shut: true,
    title: row.row.title,
  };
  scene.boxes.push({ ...box, type: row.group ? "repeat" : "row" });
  scene.rows.push(frame);
  for (const node of row.nodes) scene.place[node.index] = scene.boxes.at(-1);
  return frame;
}

function placeOpen(scene, row, columns, y) {
  const groups = [0, 1, 2].map((number) => inColumn(row, number));
  const framed = Boolean(row.row.title);
  const updates = groups[2].some((lane) => lane.lane.name.startsWith("update "));
  // Above what is closed there is room for the name of what comes from far away.
  const least = row.lanes.some((lane) => lane.shut) ? SHUT_LANE.above : 0;
  const over = updates && (groups[0].length || groups[1].length) ? HEADER : 0;
  const [header, beside] = [Math.max(least, over), Math.max(least, over / 2)];
  const heights = groups.map(
    (lanes, i) =>
      Math.max(0, ...lanes.map((lane) => lane.h)) + (i < 2 ? header : beside),
  );
  const height = Math.max(...heights);
  const top = y + (framed ? TITLE : 0);
  groups.forEach((lanes, i) => {
    const { left, right } = columns[i];
    let x = i === 2 ? left : left + (right - left - widthOf(lanes)) / 2;
    for (const lane of lanes) {
      const dy = [header, height - lane.h, lane.shut ? beside : 0][i];
      placeLane(scene, lane, x, top + dy);
      x += lane.w + LANE_GAP;
    }
  });
  const used = [0, 1, 2].filter((i) => groups[i].length);
  const x = columns[used[0]].left - (framed ? 2 * MARGIN : 0);
  const ends = scene.lanes.slice(-row.lanes.length).map((lane) => lane.x + lane.w);
  const { left, right: end } = columns[used[0]];
  const wanted = framed ? titleRoom(row.row, end - left) : 0;
  const right = Math.max(columns[used.at(-1)].right, ...ends) + (framed ? MARGIN : 0);
  const { title, widths } = row.row;
  const frame = { row: row.row, x, y, shut: false, title, widths };
  frame.w = Math.max(right - x, wanted);
  frame.h = height + (framed ? TITLE + FOOT : 0);
  scene.rows.push(frame);
  return frame;
}

/** What a title needs; what comes down into a narrow column is left of it. */
function titleRoom(row, column) {
  const room = row.widths[0] + 5 * MARGIN;
  return column / 2 < room ? room + column / 2 + 2 * MARGIN : room;
}

/** For the titles of more frames than one there is not enough room between rows. */
function roomAbove(model, band) {
  const [first] = band.map(({ row }) => row.index);
  const begin = model.groups.filter(({ rows }) => rows[0] === first);
  return Math.max(0, ...begin.map(({ levels }) => 20 * (levels - 1) - 6));
}

/** Frames around the rows of a layer that is made of layers; the outer come first. */
function placeGroups(model, scene) {
  for (const { rows, levels, ...group } of model.groups) {
    const inside = scene.rows.filter((frame) => rows.includes(frame.row.index));
    if (!inside.length) continue;
    const box = unionOf(inside);
    const [x, y] = [box.x - 8 * levels, box.y - 20 * levels];
    const [w, h] = [box.w + 16 * levels, box.h + 28 * levels];
    scene.groups.push({ ...group, x, y, w, h });
    scene.left = Math.min(scene.left, x);
    scene.top = Math.min(scene.top, y);
    scene.width = Math.max(scene.width, x + w);
    scene.height = Math.max(scene.height, y + h);
  }
}

function placeLane(scene, lane, x, y) {
  const placed = { ...lane, x, y, index: lane.lane.index, key: lane.lane.key };
  scene.lanes.push(placed);
  if (lane.shut) {
    const box = { ...placed, type: "lane", nodes: lane.all };
    scene.boxes.push(box);
    for (const node of lane.all) scene.place[node.index] = box;
    return;
  }
  for (const each of lane.nodes) {
    const { node } = each;
    const place = { type: "node", node, x: x + each.x, y: y + each.y, lane: placed };
    scene.nodes.push(place);
    scene.place[node.index] = place;
  }
}

/** The sheets behind a box stick out at its top and its right side. */
const sheetsOf = (box) => (box.type === "repeat" ? [8, 4] : [4]);

/** The rectangle of a place: of a node, whose x and y are its centre, or of a box. */
function boxOf(place) {
  if (place.type !== "node") {
    const [by] = sheetsOf(place);
    return { x: place.x, y: place.y - by, w: place.w + by, h: place.h + by };
  }
  const { w, h } = place.node;
  return { x: place.x - w / 2, y: place.y - h / 2, w, h };
}
