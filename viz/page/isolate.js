// @ts-check
// Isolate: only a node and what is around it, or only a layer.

/** Add the state `isolated`, the bar that says so, and the ways in and out. */
function installIsolate(page) {
  const { data, state, keys } = page;
  state.define("isolated", null, {
    write: ({ type, id, steps }) => [type, steps, encoded(id)].join("."),
    read: (text) => readIsolated(data, text),
  });
  const bar = el("div", { id: "isolated", hidden: true });
  find("legend").append(bar);
  page.isolate = {
    node: (node, steps = 1) => isolate(page, { type: "node", id: node.id, steps }),
    row: (row) => isolate(page, { type: "row", id: row.id, steps: 0 }),
    end: () => isolate(page, null),
  };
  state.watch(["isolated"], () => {
    state.set({ kept: keptBy(data, state.isolated) });
    showIsolated(page, bar);
  });
  const turn = () => {
    const node = data.byId.get(state.selected);
    if (state.isolated) page.isolate.end();
    else if (node) page.isolate.node(node);
    else return false;
    return true;
  };
  keys.add(["i"], "only the selected operation and its neighbours, or all again", turn);
  keys.add(["w"], "a step more of the neighbours", () => {
    const { isolated } = state;
    if (!isolated || isolated.type !== "node") return false;
    isolate(page, { ...isolated, steps: isolated.steps + 1 });
    return true;
  });
}

function readIsolated(data, text) {
  const [, type, steps, id] = text.match(/^(node|row)\.(\d{1,4})\.(.*)$/s) || [];
  const name = decoded(id || "");
  const isKnown =
    type === "node" ? data.byId.has(name) : data.rows.some((row) => row.id === name);
  return isKnown ? { type, id: name, steps: Number(steps) } : undefined;
}

function isolate(page, isolated) {
  const { state, canvas } = page;
  state.set({ isolated });
  const node = page.data.byId.get(state.selected);
  canvas.open();
  if (node) page.reach(node);
  page.announce(
    isolated ? find("isolated").firstChild.textContent : "All of the graph",
  );
}

/** The numbers of the nodes that are left, or null for all. */
function keptBy(data, isolated) {
  if (!isolated) return null;
  const start =
    isolated.type === "node"
      ? [data.byId.get(isolated.id)]
      : data.nodesOf(data.rows.find((row) => row.id === isolated.id));
  const kept = new Set(start.map((node) => node.index));
  let edge = [...kept];
  for (let i = 0; i < isolated.steps && edge.length; i += 1) {
    const next = new Set(edge.flatMap((index) => neighboursOf(data.nodes[index])));
    edge = [...next].filter((index) => !kept.has(index));
    for (const index of edge) kept.add(index);
  }
  // Constants are a part of what reads them.
  for (const index of [...kept]) {
    for (const link of data.nodes[index].ins)
      if (link.kind === "constant") kept.add(link.s);
  }
  return kept;
}

function neighboursOf(node) {
  const ins = node.ins.map((link) => link.s);
  const outs = node.kind === "constant" ? [] : node.outs.map((link) => link.t);
  return [...ins, ...outs];
}

function showIsolated(page, bar) {
  const { data, state } = page;
  const { isolated, kept } = state;
  bar.hidden = !isolated;
  if (!isolated) {
    bar.replaceChildren();
    return;
  }
  const isNode = isolated.type === "node";
  const node = isNode ? data.byId.get(isolated.id) : null;
  const name = node
    ? `${node.tag || ""} ${node.title}`.trim()
    : data.rows.find((row) => row.id === isolated.id).title;
  const around = isNode ? ` and ${plural(isolated.steps, "step")} around it` : "";
  const wider = () => isolate(page, { ...isolated, steps: isolated.steps + 1 });
  bar.replaceChildren(
    el(
      "span",
      {},
      "Only ",
      el("bdi", { class: "strong" }, name),
      `${around}: ${plural(kept.size, "node")}`,
    ),
    ...(isNode ? [button("Wider", wider, { class: "small" })] : []),
    button("Show all", () => page.isolate.end(), { class: "small" }),
  );
}
