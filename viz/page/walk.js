// @ts-check
// Walking with the keyboard: along the data, through the schedule, in and out.

/** Add the keys that move the selection. */
function installWalk(page) {
  const { data, state, canvas, keys } = page;
  const selected = () => data.byId.get(state.selected) || null;
  const go = (node) => {
    if (!node) return false;
    page.select(node);
    return true;
  };
  const first = () => data.operations[0] || data.nodes[0];
  const onGraph = (act) => (event) => (isOnControl(event) && event.key !== "Escape" ? false : act(event));
  const step = (by) => {
    const node = selected();
    if (!node) return go(by > 0 ? first() : data.operations.at(-1));
    if (node.step === undefined) return go(readersOf(data, node)[0] || first());
    return go(data.operations[node.step + by]);
  };
  const along = (find) => {
    const node = selected();
    return go(node ? find(data, node)[0] : first());
  };
  keys.add(["ArrowDown"], "follow the data to the first reader", onGraph(() => along(readersOf)), "Walk");
  keys.add(["ArrowUp"], "back to the first input", onGraph(() => along(inputsOf)), "Walk");
  keys.add(["ArrowRight"], "next operation that reads the same", onGraph(() => sideways(page, 1)), "Walk");
  keys.add(["ArrowLeft"], "previous operation that reads the same", onGraph(() => sideways(page, -1)), "Walk");
  keys.add([".", "n"], "next operation in the schedule", () => step(1), "Walk");
  keys.add([",", "p"], "previous operation in the schedule", () => step(-1), "Walk");
  keys.add(["Home"], "first operation", onGraph(() => go(first())), "Walk");
  keys.add(["End"], "last operation", onGraph(() => go(data.operations.at(-1))), "Walk");
  keys.add(
    ["Enter"],
    "open what hides the operation, and show it",
    onGraph(() => {
      const node = selected();
      if (!node) return false;
      page.collapse.reveal(node);
      return true;
    }),
    "Walk",
  );
  keys.add(["+", "="], "larger", () => canvas.zoom(1.25));
  keys.add(["-"], "smaller", () => canvas.zoom(0.8));
  keys.add(["0", "f"], "all of the graph", () => canvas.fit());
}

// On the way forward the first reader is the next step; what only keeps a value comes last.
function readersOf(data, node) {
  const rank = (link) => ({ flow: 0, gradient: 0, step: 1, assign: 1, saved: 3 })[link.kind] ?? 2;
  const links = [...node.outs].sort((a, b) => rank(a) - rank(b) || a.t - b.t);
  return [...new Set(links.map((link) => data.nodes[link.t]))];
}

function inputsOf(data, node) {
  const rank = (link) => ({ flow: 0, gradient: 0, step: 1, constant: 4 })[link.kind] ?? 2;
  const links = [...node.ins].sort((a, b) => rank(a) - rank(b) || a.s - b.s);
  return [...new Set(links.map((link) => data.nodes[link.s]))];
}

/** To the sibling: another reader of the first input, or another input of the reader. */
function sideways(page, by) {
  const { data, state } = page;
  const node = data.byId.get(state.selected);
  if (!node) return false;
  const [input] = inputsOf(data, node);
  const [reader] = readersOf(data, node);
  for (const family of [input && readersOf(data, input), reader && inputsOf(data, reader)]) {
    if (!family || family.length < 2) continue;
    const at = family.indexOf(node) + by;
    page.select(family[(at + family.length) % family.length]);
    return true;
  }
  return false;
}
