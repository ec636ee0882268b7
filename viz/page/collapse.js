// @ts-check
// Closing and opening of lanes, rows and repeats, in one way for mouse, keys and lists.

/** Add `page.collapse`: toggle, open, all, none, uncover, reveal. */
function installCollapse(page) {
  const { data, state, canvas } = page;
  const rows = data.rows.filter((row) => row.title).map((row) => row.key);
  const groups = data.repeats.map((group) => group.key);
  page.collapse = {
    /** Close what is open, open what is closed; it stays where it is on the screen. */
    toggle(key) {
      const closed = new Set(state.closed);
      const isClosing = !closed.delete(key);
      if (isClosing) closed.add(key);
      keepingPlace(canvas, key, () => state.set({ closed }));
      page.announce(`${nameOfKey(data, key)} ${isClosing ? "closed" : "opened"}`);
    },
    all() {
      state.set({ closed: new Set([...rows, ...groups]) });
      canvas.open();
      page.announce("Every layer is closed");
    },
    none() {
      state.set({ closed: new Set() });
      canvas.open();
      page.announce("Everything is open");
    },
    uncover: (nodes) => uncover(page, nodes),
    /** Open whatever hides a node, and bring it into view. */
    reveal(node) {
      page.collapse.uncover([node]);
      page.reach(node);
    },
  };
  page.reach = (node) => {
    const place = canvas.scene.place[node.index];
    if (place) canvas.reach(place);
  };
  addClosingKeys(page);
  page.keys.add(["c"], "close every layer", () => page.collapse.all());
  page.keys.add(["e"], "open everything", () => page.collapse.none());
}

/** Open whatever hides some nodes. */
function uncover({ data, state }, nodes) {
  const closed = new Set(state.closed);
  const phases = new Set(state.phases);
  for (const node of nodes) {
    const row = data.rowOf(node);
    for (const key of [row.key, data.laneOf(node).key, row.group && row.group.key]) {
      closed.delete(key);
    }
    if (node.tag) phases.add(node.phase);
  }
  const isLeftOut = ({ index }) => state.kept && !state.kept.has(index);
  const isolated = nodes.some(isLeftOut) ? null : state.isolated;
  state.set({ closed, phases, isolated });
}

// What holds the selected operation, by keys.
function addClosingKeys(page) {
  const { data, state, collapse } = page;
  const close = (name, what, keyOf) =>
    page.keys.add([name], what, () => {
      const node = data.byId.get(state.selected);
      const key = node ? keyOf(node) : null;
      if (!key) return false;
      collapse.toggle(key);
      page.reach(node);
      return true;
    });
  close("l", "close or open the layer of the selected operation", (node) => {
    const row = data.rowOf(node);
    return row.title ? row.key : null;
  });
  close("k", "close or open its lane", (node) => {
    const lane = data.laneOf(node);
    return lane.phase ? lane.key : null;
  });
}

function nameOfKey(data, key) {
  const lane = data.lanes.find((each) => each.key === key);
  if (lane) return `${data.rows[lane.row].title} ${lane.name}`;
  return key.endsWith("*") ? `Repeats of ${key.slice(0, -1)}` : key;
}

// What was pressed should not run away from the pointer.
function keepingPlace(canvas, key, act) {
  const before = cornerOf(canvas, key);
  act();
  const after = cornerOf(canvas, key);
  if (!before || !after) return;
  canvas.view = {
    ...canvas.view,
    x: canvas.view.x + before[0] - after[0],
    y: canvas.view.y + before[1] - after[1],
  };
  canvas.sync();
}

function cornerOf(canvas, key) {
  const { rows, lanes, boxes } = canvas.scene;
  const found =
    boxes.find((box) => box.key === key) ||
    lanes.find((lane) => lane.key === key) ||
    rows.find((row) => row.row.key === key.replace(/\*$/, ""));
  const { x, y, k } = canvas.view;
  return found ? [found.x * k + x, found.y * k + y] : null;
}
