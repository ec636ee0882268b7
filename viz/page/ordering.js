// @ts-check
// An exercise: the parts of a step in their order. What is right is what this graph's
// schedule and links say.

const PART_NAMES = {
  inputs: "Load the batch",
  forward: "Forward pass",
  loss: "Loss",
  backward: "Backward pass",
  update: "Update of the weights",
};

/** The parts of the step, each with its nodes, in the order in which they begin. */
function partsOf(data) {
  const inputs = data.nodes.filter((node) => node.kind === "input");
  const runs = phaseRuns(data);
  const names = [...new Set(runs.map((run) => run.phase))];
  const parts = names.map((name) => ({
    name,
    nodes: data.operations.filter((node) => node.phase === name),
  }));
  const known = parts.filter((part) => PART_NAMES[part.name]);
  return inputs.length ? [{ name: "inputs", nodes: inputs }, ...known] : known;
}

const canOrder = (data) => partsOf(data).length >= 3;

/** The parts in an order that is not the right one. */
function shuffledParts(data, seed) {
  const right = partsOf(data).map((part) => part.name);
  const order = shuffled(right, randomOf(seed));
  return order.every((name, i) => name === right[i]) ? order.reverse() : order;
}

/** What the graph says to an order: whether it is right, why, and by which lines. */
function judgeOrder(data, order) {
  const parts = partsOf(data);
  const place = new Map(parts.map((part, i) => [part.name, i]));
  for (let i = 1; i < order.length; i += 1) {
    const [before, after] = [order[i - 1], order[i]].map((name) => place.get(name));
    if (before > after)
      return { right: false, ...whyBefore(data, parts[after], parts[before]) };
  }
  const tags = parts.map((part) => `${PART_NAMES[part.name]}: ${tagRangeOf(part)}`);
  return {
    right: true,
    text: "Right: so this graph runs.",
    reasons: tags,
    links: [],
  };
}

const tagRangeOf = ({ name, nodes }) =>
  name === "inputs" ? nodes.map(titleOf).join(", ") : plural(nodes.length, "operation");

/** Why one part comes before another: a line from it, or else the schedule. */
function whyBefore(data, first, second) {
  const own = new Set(first.nodes.map((node) => node.index));
  const links = second.nodes.flatMap((node) => node.ins);
  const link = links.find((each) => own.has(each.s));
  const names = [PART_NAMES[first.name], PART_NAMES[second.name]];
  // The tags are hidden meanwhile: an operation is called by its layer.
  const placed = (node) => {
    const { title } = data.rowOf(node);
    return title ? `${titleOf(node)} in ${title}` : titleOf(node);
  };
  const reader = link && second.nodes.find((node) => node.index === link.t);
  const read = link && first.nodes.find((node) => node.index === link.s);
  const why = link
    ? `${placed(reader)} reads ${placed(read)}`
    : `${placed(second.nodes[0])} runs after ${placed(first.nodes[0])}`;
  return {
    text: `Not yet: ${names[0]} comes before ${names[1]}, since ${why}.`,
    reasons: [],
    links: link ? [link] : [],
  };
}

/** The list with its buttons, and one that asks whether it is right. */
function orderingCard(page) {
  const { trial } = page.state;
  const isDone = Boolean(trial.verdict && trial.verdict.right);
  const rows = trial.order.map((name, at) => orderRow(page, name, at, isDone));
  const check = () => {
    const verdict = judgeOrder(page.data, page.state.trial.order);
    page.exercise.answer({ verdict });
  };
  return [
    el("p", {}, "Put the parts of this step into the order in which they run."),
    el("ol", { class: "parts" }, rows),
    isDone ? null : button("Check", check, { class: "small", "data-key": "check" }),
  ];
}

function orderRow(page, name, at, isDone) {
  const { order } = page.state.trial;
  const move = (by) => () => {
    const moved = [...order];
    [moved[at], moved[at + by]] = [moved[at + by], moved[at]];
    page.exercise.change({ order: moved, verdict: null });
    const where = `${at + by + 1} of ${order.length}`;
    page.announce(`${PART_NAMES[name]}, ${where}`);
  };
  const mover = (by, sign, word) =>
    button(sign, move(by), {
      class: "small",
      "aria-label": `${PART_NAMES[name]}: ${word}`,
      "data-key": `${word} ${name}`,
      disabled: !order[at + by],
    });
  const buttons = isDone ? [] : [mover(-1, "↑", "up"), mover(1, "↓", "down")];
  return el(
    "li",
    { "data-part": name },
    el("span", { class: "number" }, `${at + 1}`),
    el("span", { class: "what" }, PART_NAMES[name]),
    buttons,
  );
}
