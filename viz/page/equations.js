// @ts-check
// Equations: the numbered ones of the graph light their nodes, and the panel of a node
// has its own formula, what it adds to the gradients, and what the symbols are.

const MOST_OPEN = 60;

/** Add the state `equation`, and the sections `formula` and `equations`. */
function installEquations(page) {
  const { data, state, keys } = page;
  const { listed } = data.equations;
  state.define("equation", 0, {
    write: String,
    read: (text) => (listed[Number(text) - 1] ? Number(text) : undefined),
  });
  state.define("pointed", 0);
  noteEquations(data, listed);
  page.panel.add({
    id: "formula",
    order: 12,
    title: "Equation",
    render: (node) => formulaCard(page, node),
  });
  page.panel.add({
    id: "equations",
    order: 15,
    of: "graph",
    title: "Equations",
    render: () => equationsCard(page, listed),
  });
  page.paper.push(() => paperEquations(data, listed));
  state.watch(["equation", "pointed"], () => lightEquation(page));
  state.watch(["equation"], () => pressEquation(page));
  state.watch(["hovered"], () => pointAtEquations(page));
  keys.add(["q"], "next equation: its operations light up", () => toNext(page, 1));
  keys.add(["Q"], "previous equation", () => toNext(page, -1));
}

/** Note of each node in which equations it is, and of each equation its number. */
function noteEquations(data, listed) {
  for (const node of data.nodes) node.partOf = [];
  listed.forEach((each, at) => {
    each.number = at + 1;
    for (const index of each.nodes) data.nodes[index].partOf.push(each);
  });
}

function toNext(page, by) {
  const { state, data } = page;
  const { length } = data.equations.listed;
  const at = state.equation || (by > 0 ? 0 : length + 1);
  const number = ((at - 1 + by + length) % length) + 1;
  if (!length) return false;
  chooseEquation(page, data.equations.listed[number - 1]);
  return true;
}

/** Light an equation's nodes and bring the last of them, its result, into view. */
function chooseEquation(page, each) {
  const { data, state } = page;
  state.set({ equation: each.number });
  const last = data.nodes[each.nodes[each.nodes.length - 1]];
  if (last) page.reach(last);
  const tags = each.nodes.map((index) => data.nodes[index].tag).join(", ");
  page.announce(`Equation ${each.number}: ${formulaText(data, each.text)}; ${tags}`);
}

// ---- what is lit ----

function lightEquation({ data, state, canvas }) {
  const shown = data.equations.listed[(state.pointed || state.equation) - 1];
  const nodes = new Set(shown ? shown.nodes : []);
  const inside = [...nodes].flatMap((index) =>
    data.nodes[index].ins.filter((link) => nodes.has(link.s)),
  );
  canvas.mark("of-equation", nodes);
  canvas.light("equation", inside);
}

function pressEquation({ state }) {
  for (const each of document.querySelectorAll(".numbered")) {
    const isIt = Number(each.dataset.equation) === state.equation;
    each.setAttribute("aria-pressed", String(isIt));
    if (isIt) each.scrollIntoView({ block: "nearest" });
  }
}

/** The equations of the node under the pointer stand out in the list. */
function pointAtEquations({ data, state }) {
  const node = data.byId.get(state.hovered);
  const numbers = new Set(node ? node.partOf.map((each) => each.number) : []);
  for (const each of document.querySelectorAll("#section-equations .numbered")) {
    each.classList.toggle("pointed", numbers.has(Number(each.dataset.equation)));
  }
}

// ---- the panel ----

/** An equation: the pointer or the focus lights its nodes, a press keeps them lit. */
function equationButton(page, each) {
  const { data, state } = page;
  const point = (number) => () => state.set({ pointed: number });
  const press = () => {
    if (state.equation !== each.number) chooseEquation(page, each);
    else state.set({ equation: 0 });
  };
  return el(
    "button",
    {
      type: "button",
      class: "numbered",
      "data-equation": each.number,
      "aria-pressed": String(state.equation === each.number),
      on: {
        click: press,
        pointerenter: point(each.number),
        pointerleave: point(0),
        focus: point(each.number),
        blur: point(0),
        keydown: scrollEquation,
      },
    },
    el("span", { class: "number" }, `(${each.number})`),
    el("span", { class: "written" }, formulaOf(data, each.text)),
    el("span", { class: "like" }, equationLike(data, each)),
  );
}

/** The arrows move an equation that is wider than the panel, and else walk. */
function scrollEquation(event) {
  const by = { ArrowLeft: -80, ArrowRight: 80 }[event.key];
  const written = event.currentTarget.querySelector(".written");
  if (!by || written.scrollWidth <= written.clientWidth) return;
  written.scrollLeft += by;
  event.preventDefault();
}

/** Of which operations an equation is, and the shape of its result. */
function equationLike(data, each) {
  const tags = each.nodes.map((index) => data.nodes[index].tag);
  return `${tagRuns(tags)} · ${each.shape}`;
}

/** Tags, those that follow each other as a range: F1–F3, B9. */
function tagRuns(tags) {
  const runs = [];
  for (const tag of tags) {
    const run = runs[runs.length - 1];
    const last = run && run[run.length - 1];
    if (last && last[0] === tag[0] && +last.slice(1) + 1 === +tag.slice(1))
      run.push(tag);
    else runs.push([tag]);
  }
  return runs
    .map((run) =>
      run.length > 2 ? `${run[0]}–${run[run.length - 1]}` : run.join(", "),
    )
    .join(", ");
}

/** The equations by layer; where there are many, each layer waits to be opened. */
function equationsCard(page, listed) {
  if (!listed.length) return null;
  const groups = [];
  for (const each of listed) {
    const last = groups[groups.length - 1];
    if (last && equationHeading(last[0]) === equationHeading(each)) last.push(each);
    else groups.push([each]);
  }
  return groups.map((group) => equationGroup(page, group, listed.length <= MOST_OPEN));
}

const equationHeading = (each) =>
  [each.kind || each.phase, each.scope].filter(Boolean).join(" · ");

function equationGroup(page, group, isOpen) {
  const { state } = page;
  const fill = (details) => {
    if (details.open && details.children.length === 1)
      details.append(...group.map((each) => equationButton(page, each)));
  };
  const holds = group.some((each) => each.number === state.equation);
  const summary = el(
    "summary",
    {},
    el("span", { class: `tag ${phaseClass(group[0].phase)}` }, equationPhase(group[0])),
    el("bdi", { class: "what" }, equationHeading(group[0])),
    el("span", { class: "like" }, equationRange(group)),
  );
  const details = el("details", { open: isOpen || holds, class: "stated" }, summary);
  details.addEventListener("toggle", () => fill(details));
  fill(details);
  return details;
}

const equationPhase = ({ phase }) => phase[0].toUpperCase();

function equationRange(group) {
  const [first, last] = [group[0].number, group[group.length - 1].number];
  return first === last ? `(${first})` : `(${first})–(${last})`;
}

function formulaCard(page, node) {
  const { data } = page;
  const { text, adds: all } = data.equations.nodes;
  const [own, adds] = [text[node.index], all[node.index]];
  const readers = node.tag ? [] : node.outs.map((link) => data.nodes[link.t]);
  const uses = [...new Set(readers.flatMap((each) => each.partOf))];
  const parts = [
    own === null ? null : mathBlock(data, [own]),
    adds.length ? el("h3", {}, "Adds to the gradients") : null,
    adds.length ? mathBlock(data, adds) : null,
    symbolList(page, node),
    ...equationList(page, "Part of", node.partOf),
    ...equationList(page, "Used in", uses),
  ].filter(Boolean);
  return parts.length ? parts : null;
}

// Left and right move a long formula, and not the selection.
const sideways = (event) => {
  if (["ArrowLeft", "ArrowRight"].includes(event.key)) event.stopPropagation();
};

const mathBlock = (data, numbers) =>
  el(
    "div",
    {
      class: "formulas",
      role: "group",
      "aria-label": "Formulas",
      tabindex: 0,
      on: { keydown: sideways },
    },
    numbers.map((each) => el("p", {}, formulaOf(data, each))),
  );

/** What the node and its inputs are called, and what they are. */
function symbolList({ data }, node) {
  const { symbol, meaning } = data.equations.nodes;
  const nodes = [...new Set([node.index, ...(node.inputs || [])])];
  const known = nodes.filter((each) => symbol[each] !== null);
  if (!known.length) return null;
  return el(
    "dl",
    { class: "symbols" },
    known.map((index) => {
      const { dtype, shape } = data.nodes[index];
      return el(
        "div",
        {},
        el("dt", {}, formulaOf(data, symbol[index])),
        el("dd", {}, el("bdi", {}, meaning[index]), ` ${dtype} ${shape}`),
      );
    }),
  );
}

function equationList(page, title, list) {
  if (!list.length) return [];
  const buttons = list.map((each) => equationButton(page, each));
  return [el("h3", {}, title), el("div", { class: "stated" }, buttons)];
}
