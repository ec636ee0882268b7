// @ts-check
// What there is to draw of a scene: each thing with its layer, its rectangle, and how
// to make it once it is within view.

function thingsOf(page, canvas, decorators) {
  const { data } = page;
  const { scene } = canvas;
  const things = [];
  const add = (key, layer, { x, y, w, h, place }, make, when) =>
    things.push({ key, layer, x, y, w, h, place, make, when });
  scene.groups.forEach((frame, i) => {
    add(`group ${i}`, "rows", frame, () => at(frame, drawGroup(frame)));
  });
  for (const frame of scene.rows.filter((each) => each.title && !each.shut)) {
    add(`row ${frame.row.index}`, "rows", frame, () =>
      at(frame, closing(drawRow(frame), frame.row.key)),
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
