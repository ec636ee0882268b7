// @ts-check
// The view as DOT text: nodes by their names, boxes by their keys, lines once for each.

const DOT_SHAPES = {
  operation: "box",
  parameter: "cylinder",
  state: "cylinder",
  input: "parallelogram",
  constant: "plaintext",
};

/** The colours that phases have on paper. */
const DOT_COLORS = {
  forward: "#0072B2",
  loss: "#AA3377",
  backward: "#D55E00",
  update: "#009E73",
  saved: "#7A828E",
  state: "#7A828E",
};
const DOT_INK = "#1F2430";

/** The view as a digraph. */
function dotText(page) {
  const { data, canvas } = page;
  const heading = {
    label: [data.title, data.facts],
    labelloc: "t",
    newrank: "true",
    fontname: "Helvetica",
  };
  const lines = [
    `digraph ${quoted(data.title)} {`,
    `\tgraph ${dotPairs(heading)}`,
    `\tnode ${dotPairs({ fontname: "Helvetica", fontsize: "11" })}`,
    `\tedge ${dotPairs({ fontname: "Helvetica", fontsize: "9" })}`,
    ...canvas.scene.rows.flatMap((frame, i) => dotRow(page, frame, i)),
    ...canvas.lines.map((line) => `\t${dotLine(page, line)}`),
  ];
  return [...lines, "}", ""].join("\n");
}

function dotRow({ data, canvas }, frame, number) {
  const { scene } = canvas;
  const nodes = scene.nodes.filter((place) => data.rowOf(place.node) === frame.row);
  const rowOf = (box) => box.row || data.rows[box.lane.row];
  const boxes = scene.boxes.filter((box) => rowOf(box) === frame.row);
  const inside = [
    ...nodes.map((place) => dotNode(place.node)),
    ...boxes.map((box) => dotBox(data, box)),
  ];
  if (!frame.title || frame.shut) return inside.map((text) => `\t${text}`);
  const look = dotPairs({ label: frame.title, style: "rounded", color: "#C4C9D1" });
  const open = [`\tsubgraph ${quoted(`cluster_${number}`)} {`, `\t\tgraph ${look}`];
  return [...open, ...inside.map((text) => `\t\t${text}`), "\t}"];
}

const dotName = (place) => (place.type === "node" ? place.node.id : `box:${place.key}`);

function dotNode(node) {
  const head = [node.sign, node.tag, node.title].filter(Boolean).join(" ");
  const pairs = dotPairs({
    label: [head, ...(node.lines || [])],
    shape: DOT_SHAPES[node.kind],
    style: { operation: "rounded", state: "dashed" }[node.kind] || null,
    color: DOT_COLORS[colorPhase(node)] || DOT_INK,
    peripheries: node.mark ? "2" : null,
    penwidth: node.mark ? "3" : null,
  });
  return `${quoted(node.id)} ${pairs}`;
}

function dotBox(data, box) {
  const isLane = box.type === "lane";
  const title = isLane ? box.lane.name : headingOf(data, box).title;
  const number = plural(operationsIn(box.nodes).length, "operation");
  const times = box.group ? [`×${box.group.count}`] : [];
  const pairs = dotPairs({
    label: [title, number, ...times],
    shape: "box3d",
    color: (isLane && DOT_COLORS[box.lane.phase]) || DOT_INK,
  });
  return `${quoted(dotName(box))} ${pairs}`;
}

function dotLine({ data, canvas }, { link, links }) {
  const { place } = canvas.scene;
  const ends = [place[link.s], place[link.t]].map(dotName).map(quoted).join(" -> ");
  const { head, tail } = data.kinds[link.kind];
  const dir = tail === "none" ? null : head === "none" ? "back" : "both";
  const pairs = dotPairs({
    class: [link.kind, SIGN_CLASS[link.sign]].filter(Boolean).join(" "),
    label: links.length > 1 ? `×${links.length}` : null,
    style: { gradient: "dashed", saved: "dotted", assign: "bold" }[link.kind] || null,
    dir,
    arrowhead: link.sign === "−" ? "tee" : head === "normal" ? null : head,
    arrowtail: tail === "none" ? null : tail,
    color: DOT_COLORS[colorOf(link)] || DOT_INK,
  });
  return `${ends} ${pairs}`;
}

/** Attributes; a list is a text of several lines. */
function dotPairs(pairs) {
  const shown = Object.entries(pairs).filter(([, value]) => value !== null);
  return `[${shown.map(([name, value]) => `${name}=${quoted(value)}`).join(", ")}]`;
}

// What DOT cannot hold, as `to_dot` writes it: control characters, halves of pairs.
const NEVER = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|\p{Surrogate}/gu;

/** A DOT string in which quotes and backslashes are escaped. */
function quoted(value) {
  const escaped = [value].flat().map((text) =>
    String(text)
      .replace(/[\\"]/g, "\\$&")
      .replace(NEVER, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")};`),
  );
  return `"${escaped.join("\\n")}"`;
}
