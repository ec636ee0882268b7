// @ts-check
// Classes of nodes, and lines over all others, put and taken without drawing anew.

/** Marks are classes of nodes; a box that stands for several has those of all. */
function addMarks(canvas) {
  const marks = new Map();
  const has = (set, place) =>
    place.type === "node"
      ? set.has(place.node.index)
      : place.nodes.some((node) => set.has(node.index));
  canvas.marks = marks;
  /** Give a class to the nodes of a set, and take it from all others. */
  canvas.mark = (name, wanted) => {
    const before = marks.get(name) || new Set();
    marks.set(name, wanted);
    if (!canvas.scene) return;
    if (name === "selected" && canvas.view.k < FAR) canvas.sync();
    for (const index of [...before, ...wanted]) {
      const place = canvas.scene.place[index];
      const element = place && canvas.drawn.get(nameOf(place));
      if (!element || (before.has(index) && wanted.has(index))) continue;
      const on = has(wanted, place);
      if (element.classList.contains(name) !== on) element.classList.toggle(name, on);
    }
  };
  /** Put the marks of a place on its element, which has just been made. */
  canvas.dress = (group, place) => {
    for (const [name, set] of marks)
      if (set.size && has(set, place)) group.classList.add(name);
  };
  /** Whether a node is drawn even from far away. */
  canvas.isMarked = ({ place }) => {
    const set = marks.get("selected");
    return Boolean(place && set && set.has(place.node.index));
  };
}

/** Lines over all others, such as those of the node that is selected. */
function addLight(page, canvas) {
  const lit = new Map();
  const wanted = new Map();
  canvas.light = (name, links) => {
    wanted.set(name, links);
    if (lit.has(name)) lit.get(name).remove();
    lit.delete(name);
    if (!links.length || !canvas.scene) return;
    const group = draw("g", { class: `light ${name}` });
    const known = ({ kind, index }) =>
      kind !== "constant" && !page.state.cut.has(index);
    // The way that is drawn already, if it is; no other would lie on it.
    const shown = links.filter(known);
    const lines = shown.map((link) => canvas.lineOf.get(link.index));
    const rest = { ...page.data, links: shown.filter((link, i) => !lines[i]) };
    const more = routes(rest, canvas.scene, known);
    for (const line of new Set([...lines.filter(Boolean), ...more])) {
      const whole = liveLine(page.data, canvas.scene, line) || line;
      group.append(drawLine(page.data, whole));
    }
    lit.set(name, group);
    canvas.layers.live.append(group);
  };
  canvas.relight = () => {
    for (const [name, links] of wanted) canvas.light(name, links);
  };
}
