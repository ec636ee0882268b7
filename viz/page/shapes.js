// @ts-check
// Frames, boxes, nodes and lines as SVG: the same shapes as in the DOT pictures.

const LINE = 13.5;

/** What a sign means, where two graphs are compared, and how it is said. */
const SIGN_CLASS = { "+": "added", "−": "removed", "~": "changed" };
const SIGN_WORDS = { "+": "only after", "−": "only before", "~": "changed" };

/** The marks at the ends of lines, one set for each colour. */
function markers(model) {
  const colors = [...model.phases.map((phase) => phase.name), "none", "saved", "state"];
  const marks = [];
  for (const color of colors) {
    const look = { class: `mark in-${color}` };
    marks.push(
      marker(
        `normal-${color}`,
        6.5,
        draw("path", { ...look, d: "M0-2.6L6.5 0 0 2.6Z" }),
      ),
      marker(
        `vee-${color}`,
        6.5,
        draw("path", { ...look, d: "M0-2.8L6.5 0 0 2.8 2.2 0Z" }),
      ),
      marker(
        `diamond-${color}`,
        7.8,
        draw("path", { ...look, d: "M0 0L3.9-2.9 7.8 0 3.9 2.9Z" }),
      ),
      marker(`tee-${color}`, 5, draw("path", { ...look, d: "M2-4.5H4.4V4.5H2Z" })),
      marker(
        `odot-${color}`,
        5.2,
        draw("circle", { class: `mark open in-${color}`, cx: 2.6, r: 2.1 }),
      ),
    );
  }
  return draw("defs", {}, marks);
}

function marker(id, size, shape) {
  const given = {
    id: `mark-${id}`,
    markerUnits: "userSpaceOnUse",
    markerWidth: 2 * size,
    markerHeight: 2 * size,
    orient: "auto-start-reverse",
    overflow: "visible",
  };
  return draw("marker", given, shape);
}

function colorOf(link) {
  if (link.kind === "saved") return "saved";
  if (link.kind === "state" || link.kind === "constant") return "state";
  return link.phase || "none";
}

/** A line with its ends, its text if it is a stub, and how many it stands for. */
function drawLine(model, line) {
  const { link } = line;
  const style = model.kinds[link.kind];
  const color = colorOf(link);
  // What is read no more ends at a bar.
  const head = link.sign === "−" ? "tee" : style.head;
  const path = draw("path", {
    d: pathOf(line),
    class: `line ${link.kind} in-${color} ${SIGN_CLASS[link.sign] || ""}`.trimEnd(),
    "marker-end": head === "none" ? null : `url(#mark-${head}-${color})`,
    "marker-start": style.tail === "none" ? null : `url(#mark-${style.tail}-${color})`,
  });
  const group = draw("g", { class: "edge" }, path);
  if (line.count > 1) {
    path.style.strokeWidth = String(1.2 + 0.25 * Math.min(line.count - 1, 8));
    const [x, y] = line.mark || [line.x + line.w / 2 + 8, line.y + line.h / 2 + 3];
    group.append(draw("text", { x, y, class: `stub in-${color}` }, `×${line.count}`));
  }
  if (line.text) {
    const given = {
      x: line.tx,
      y: line.ty,
      class: `stub in-${color}`,
      "text-anchor": line.anchor || "end",
    };
    group.append(draw("text", given, line.text));
  }
  return group;
}

// ---- nodes ----

/** A node around its centre. */
function drawNode(node) {
  const parts = [outline(node)];
  if (node.loss || node.mark) {
    parts.push(outline({ ...node, w: node.w - 6, h: node.h - 6 }));
  }
  const marks = [node.output && "output", node.loss && "loss", SIGN_CLASS[node.sign]];
  const kind = [node.kind, ...marks].filter(Boolean).join(" ");
  const group = draw("g", { class: `node ${kind} ${phaseClass(colorPhase(node))}` });
  group.append(...parts, nodeText(node));
  return group;
}

const colorPhase = (node) => (node.kind === "operation" ? node.phase : "");

function outline(node) {
  const [w, h] = [node.w / 2, node.h / 2];
  if (node.kind === "constant") return draw("g");
  if (node.kind === "input") {
    const slant = Math.min(0.14 * node.w, 16);
    const d = `M${-w + slant} ${-h}H${w}L${w - slant} ${h}H${-w}Z`;
    return draw("path", { class: "shape", d });
  }
  if (node.kind === "parameter" || node.kind === "state") {
    return draw("path", { class: "shape", d: cylinder(w, h) });
  }
  const given = { class: "shape", x: -w, y: -h, width: node.w, height: node.h, rx: 6 };
  return draw("rect", given);
}

function cylinder(w, h) {
  const lid = 5;
  return (
    `M${-w} ${-h + lid}a${w} ${lid} 0 0 1 ${2 * w} 0v${2 * (h - lid)}` +
    `a${w} ${lid} 0 0 1 ${-2 * w} 0Z` +
    `M${-w} ${-h + lid}a${w} ${lid} 0 0 0 ${2 * w} 0`
  );
}

function nodeText(node) {
  if (node.kind === "constant") {
    return draw("text", { class: "constant-text", y: 3 }, node.title);
  }
  const lines = node.lines || [];
  const lid = node.kind === "parameter" || node.kind === "state" ? 3.5 : 0;
  let y = lid - (LINE * lines.length) / 2 + 4;
  const head = draw("tspan", { class: "head", x: 0, y: round(y) });
  if (node.sign) head.append(`${node.sign} `);
  if (node.tag) head.append(draw("tspan", { class: "tag-text" }, node.tag), " ");
  head.append(draw("tspan", { class: "name" }, node.title));
  const text = draw("text", {}, head);
  lines.forEach((line, i) => {
    y += LINE;
    const look = i === lines.length - 1 ? "shape-text" : "equation";
    text.append(draw("tspan", { class: look, x: 0, y: round(y) }, line));
  });
  return text;
}

// ---- what stands for several ----

/** A closed lane, row or run of rows: how many operations, and which. */
function drawBox(model, box) {
  const nodes = box.nodes;
  const phase = box.type === "lane" ? box.lane.phase : "";
  const group = draw("g", { class: `node box ${box.type} ${phaseClass(phase)}` });
  for (const by of sheetsOf(box)) {
    const at = { x: by, y: -by, width: box.w, height: box.h, rx: 8 };
    group.append(draw("rect", { class: "sheet", ...at }));
  }
  group.append(draw("rect", { class: "shape", width: box.w, height: box.h, rx: 8 }));
  group.append(
    draw("path", { class: "sign", d: SIGN_OPEN, transform: "translate(10 11)" }),
  );
  group.append(...boxTexts(model, box, nodes));
  const signs = signCounts(nodes);
  if (signs) group.append(label(signs, box.w - 12, box.h - 10, "signs"));
  return group;
}

/** How many of some nodes have which sign: "+3 ~2". */
function signCounts(nodes) {
  return Object.keys(SIGN_CLASS)
    .map((sign) => [sign, nodes.filter((node) => node.sign === sign).length])
    .filter(([, number]) => number)
    .map(([sign, number]) => `${sign}${count(number)}`)
    .join(" ");
}

const SIGN_OPEN = "M0 4H8M4 0V8";
const SIGN_CLOSE = "M0 4H8";

function boxTexts(model, box, nodes) {
  const operations = operationsIn(nodes).length;
  if (box.type === "lane") {
    return [
      label(box.lane.name, 26, 19, "name"),
      label(plural(operations, "operation"), 26, 40, "equation"),
      label(tagRange(nodes), 26, 56, "shape-text tags"),
      label(
        bytes(nodes.reduce((sum, node) => sum + node.bytes, 0)),
        26,
        72,
        "shape-text",
      ),
    ];
  }
  const { title, detail } = headingOf(model, box);
  const room = box.group ? 246 : 254;
  return [
    label(clipped(title, room, 7.2), 26, 20, "name"),
    label(clipped(detail, room, 5.4), 26, 36, "shape-text"),
    ...chips(model, nodes, 26, 54),
    box.group ? label(`×${box.group.count}`, box.w - 12, 22, "times") : null,
  ].filter(Boolean);
}

function headingOf(model, box) {
  const { row, group } = box;
  const detail = row.detail || "";
  if (!group) return { title: row.title, detail };
  const last = model.rows[group.rows[group.rows.length - 1]];
  return { title: `${row.title} … ${last.title}`, detail };
}

function label(text, x, y, look) {
  return draw("text", { x, y, class: look }, text);
}

/** Cut a text in the middle; the room is an estimate, the full text is in the panel. */
function clipped(text, room, size) {
  const most = Math.floor(room / size);
  if (text.length <= most) return text;
  const half = Math.floor((most - 1) / 2);
  return `${text.slice(0, half)}…${text.slice(text.length - half)}`;
}

function chips(model, nodes, x, y) {
  const found = [];
  let at = x;
  for (const [name, number] of phaseCounts(model, nodes)) {
    if (!number) continue;
    const text = `${name[0].toUpperCase()} ${number}`;
    found.push(
      draw("rect", {
        x: at,
        y: y - 10,
        width: 5,
        height: 12,
        rx: 1.5,
        class: `chip in-${name}`,
      }),
    );
    found.push(label(text, at + 9, y, "chip-text"));
    at += 22 + 6.2 * text.length;
  }
  return found;
}

// ---- frames ----

/** The frame of an open row, with its title; it closes where its sign is pressed. */
function drawRow(frame) {
  const { row, start } = frame;
  const group = draw("g", { class: row.mark ? "row failing" : "row" });
  group.append(
    draw("rect", { class: "frame", width: frame.w, height: frame.h, rx: 10 }),
  );
  group.append(toggle(frame.w, 30, start, 12), rowTitle(frame, row.detail, 21));
  return group;
}

/** The frame around the rows of a layer that is made of layers. */
function drawGroup(frame) {
  const { w, h } = frame;
  const group = draw("g", { class: "group" });
  group.append(draw("rect", { class: "frame", width: w, height: h, rx: 12 }));
  group.append(rowTitle(frame, frame.detail, 13));
  return group;
}

function rowTitle({ heading, start, isShort }, detail, y) {
  const text = draw("text", { x: start + ROW_CAPTION.sign, y, class: "row-title" });
  text.append(draw("tspan", { class: "name" }, heading));
  if (detail && !isShort) {
    text.append(draw("tspan", { class: "detail" }, ` · ${detail}`));
  }
  return text;
}

/** An open lane, tinted in the colour of its phase. */
function drawLane(placed) {
  const { lane } = placed;
  const isBusy = placed.nodes.some(({ node }) => node.kind === "operation");
  const phase = isBusy ? lane.phase : "";
  const name = isBusy ? lane.name : "parameters";
  const group = draw("g", { class: `lane ${phaseClass(phase)}` });
  group.append(
    draw("rect", { class: "tint", width: placed.w, height: placed.h, rx: 8 }),
  );
  const { start } = placed;
  const sign = toggle(placed.w, 22, start, 8);
  group.append(sign, label(name, start + LANE_CAPTION.sign, 15.5, "lane-title"));
  return group;
}

function toggle(width, height, x, y) {
  return draw(
    "g",
    { class: "toggle" },
    draw("rect", { class: "hit", width, height, rx: 8 }),
    draw("path", {
      class: "sign",
      d: SIGN_CLOSE,
      transform: `translate(${x} ${y - 1})`,
    }),
  );
}
