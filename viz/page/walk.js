// @ts-check
// Walking with the keyboard: along the data, through the schedule, in and out.

/** Add the keys that move the selection. */
function installWalk(page) {
  const { data, state, canvas, keys } = page;
  const walk = (names, what, find) => {
    const act = () => {
      const node = find(data.byId.get(state.selected) || null);
      if (node) page.select(node);
      return Boolean(node);
    };
    keys.add(names, what, act, "Walk");
  };
  const first = () => data.operations[0] || data.nodes[0];
  const last = () => data.operations.at(-1);
  walk(["ArrowDown"], "follow the data to the first reader", (node) =>
    node ? readersOf(data, node)[0] : first(),
  );
  walk(["ArrowUp"], "back to the first input", (node) =>
    node ? inputsOf(data, node)[0] : first(),
  );
  walk(["ArrowRight"], "next beside it, with a common input or reader", (node) =>
    beside(data, node, 1),
  );
  walk(["ArrowLeft"], "previous beside it", (node) => beside(data, node, -1));
  walk([".", "n"], "next operation in the schedule", (node) => inOrder(data, node, 1));
  walk([",", "p"], "previous operation", (node) => inOrder(data, node, -1));
  walk(["Home"], "first operation", first);
  walk(["End"], "last operation", last);
  keys.add(
    ["Enter"],
    "open what hides the operation, and show it",
    (event) => {
      const node = data.byId.get(state.selected);
      if (!node || isOnControl(event)) return false;
      page.collapse.reveal(node);
      return true;
    },
    "Walk",
  );
  keys.add(["+", "="], "larger", () => canvas.zoom(1.25));
  keys.add(["-"], "smaller", () => canvas.zoom(0.8));
  keys.add(["0", "f"], "all of the graph", () => canvas.fit());
}

/** So many steps on in the schedule; from a leaf, to its first reader. */
function inOrder(data, node, by) {
  if (!node) return by > 0 ? data.operations[0] : data.operations.at(-1);
  if (node.step === undefined) return readersOf(data, node)[0];
  return data.operations[node.step + by];
}

// The way forward comes first; what only keeps a value comes last.
function readersOf(data, node) {
  const rank = (link) =>
    ({ flow: 0, gradient: 0, step: 1, assign: 1, saved: 3 })[link.kind] ?? 2;
  const links = [...node.outs].sort((a, b) => rank(a) - rank(b) || a.t - b.t);
  return [...new Set(links.map((link) => data.nodes[link.t]))];
}

function inputsOf(data, node) {
  const rank = (link) =>
    ({ flow: 0, gradient: 0, step: 1, constant: 4 })[link.kind] ?? 2;
  const links = [...node.ins].sort((a, b) => rank(a) - rank(b) || a.s - b.s);
  return [...new Set(links.map((link) => data.nodes[link.s]))];
}

/** A sibling: another reader of the first input, or another input of the reader. */
function beside(data, node, by) {
  if (!node) return null;
  const [input] = inputsOf(data, node);
  const [reader] = readersOf(data, node);
  const families = [
    input ? readersOf(data, input) : [],
    reader ? inputsOf(data, reader) : [],
  ];
  const family = families.find((each) => each.length > 1);
  if (!family) return null;
  return family[(family.indexOf(node) + by + family.length) % family.length];
}
