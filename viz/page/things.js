// @ts-check
// What there is to draw of a scene: each thing with its layer, its rectangle, and how
// to make it once it is within view.

// Texts of stubs stand left of everything else.
function leftOf(lines) {
  const texts = lines.filter((line) => line.text && !line.anchor);
  return Math.min(0, ...texts.map((line) => line.tx - 5.4 * line.text.length));
}

function thingsOf(page, canvas, decorators) {
  const { data } = page;
  const { scene } = canvas;
  const things = [];
  const add = (key, layer, { x, y, w, h, place }, make, when) =>
    things.push({ key, layer, x, y, w, h, place, make, when });
  for (const frame of scene.rows.filter((each) => each.title && !each.shut)) {
    add(`row ${frame.row.index}`, "rows", frame, () =>
      at(
        frame,
        closing(drawRow(frame, titleStart(frame, canvas.lines)), frame.row.key),
      ),
    );
  }
  for (const lane of scene.lanes.filter((each) => each.lane.phase && !each.shut)) {
    add(
      `lane ${lane.index}`,
      "lanes",
      lane,
      () => at(lane, closing(drawLane(lane), lane.key)),
      "near",
    );
  }
  for (const far of farBlocks(scene))
    add(far.key, "far", far, () => drawBlocks(far), "far");
  canvas.lines.forEach((line, i) => {
    add(`line ${i}`, "lines", line, () => drawLine(data, line), "near");
  });
  for (const box of scene.boxes) {
    add(box.key, "nodes", box, () => at(box, opening(page, canvas, box, decorators)));
  }
  for (const place of scene.nodes) {
    const make = () => {
      const group = at(place, drawNode(place.node));
      group.setAttribute("data-node", String(place.node.index));
      for (const { act } of decorators) act(place.node, group);
      canvas.dress(group, place);
      return group;
    };
    add(`#${place.node.index}`, "nodes", { ...boxOf(place), place }, make, "near");
  }
  return things;
}

/** Where a title starts: behind the lines that would strike it out. */
function titleStart(frame, lines) {
  const [top, bottom] = [frame.y + 8, frame.y + 26];
  let start = 28;
  const room = titleRoom(frame.row) - 44;
  const crossings = lines
    .filter((line) => line.y < top && line.y + line.h > bottom)
    .map((line) => crossingAt(line.points, frame.y + 17) - frame.x)
    .sort((a, b) => a - b);
  for (const x of crossings) {
    const isNear = x > start - 6 && x < start + room;
    if (isNear && x + 12 + room < frame.w) start = x + 12;
  }
  return start;
}

function crossingAt(points, y) {
  for (let i = 0; i + 7 < points.length; i += 6) {
    const [x0, y0, x1, y1] = [points[i], points[i + 1], points[i + 6], points[i + 7]];
    if (y0 !== y1 && Math.min(y0, y1) <= y && y <= Math.max(y0, y1)) {
      return x0 + ((x1 - x0) * (y - y0)) / (y1 - y0);
    }
  }
  return -Infinity;
}

function at({ x, y }, group) {
  group.setAttribute("transform", `translate(${round(x)} ${round(y)})`);
  return group;
}

function closing(group, key) {
  group.setAttribute("data-key", key);
  return group;
}

function opening(page, canvas, box, decorators) {
  const group = drawBox(page.data, box);
  for (const { onBox } of decorators) if (onBox) onBox(box.nodes, group, box);
  group.setAttribute("data-box", box.key);
  canvas.dress(group, box);
  return group;
}

/** From far away, the nodes of a row are one shape for each phase. */
function farBlocks(scene) {
  const found = new Map();
  for (const lane of scene.lanes.filter((each) => !each.shut)) {
    const key = `far ${lane.lane.row} ${lane.lane.phase}`;
    const far = found.get(key);
    if (far) far.lanes.push(lane);
    else found.set(key, { key, phase: lane.lane.phase, lanes: [lane] });
  }
  return [...found.values()].map((far) => ({ ...far, ...unionOf(far.lanes) }));
}

function unionOf(boxes) {
  const [x, y] = [
    Math.min(...boxes.map((box) => box.x)),
    Math.min(...boxes.map((box) => box.y)),
  ];
  const w = Math.max(...boxes.map((box) => box.x + box.w)) - x;
  return { x, y, w, h: Math.max(...boxes.map((box) => box.y + box.h)) - y };
}

function drawBlocks({ phase, lanes }) {
  let tints = "";
  let blocks = "";
  for (const lane of lanes) {
    if (phase) tints += rectPath(lane.x, lane.y, lane.w, lane.h);
    for (const { node, x, y } of lane.nodes) {
      if (node.kind === "constant") continue;
      blocks += rectPath(
        lane.x + x - node.w / 2,
        lane.y + y - node.h / 2,
        node.w,
        node.h,
      );
    }
  }
  const group = draw(
    "g",
    { class: phaseClass(phase) },
    draw("path", { class: "tint", d: tints }),
  );
  group.append(draw("path", { class: "blocks", d: blocks }));
  return group;
}

function rectPath(...box) {
  const [x, y, w, h] = box.map(Math.round);
  return `M${x} ${y}h${w}v${h}h${-w}Z`;
}
