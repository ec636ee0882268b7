// @ts-check
// The operations in the order in which they run: the text alternative of the drawing,
// and another way to select.

/** Add the list, and `page.outline`. */
function installOutline(page) {
  const { data, state } = page;
  const list = el("ol", {
    id: "operations",
    role: "listbox",
    tabindex: 0,
    "aria-label": "Operations in the order in which they run",
  });
  const options = fillOutline(page, list);
  find("outline").append(el("h2", {}, "In order"), list);
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) page.select(data.nodes[Number(option.dataset.index)]);
  });
  list.addEventListener("keydown", (event) => listKey(page, event));
  // The address belongs to the state: the link moves the focus alone.
  find("skip").addEventListener("click", (event) => {
    event.preventDefault();
    list.focus();
  });
  page.outline = { element: list, options };
  let chosen = null;
  state.watch(["selected"], () => {
    if (chosen) chosen.setAttribute("aria-selected", "false");
    chosen = options.get(state.selected) || null;
    if (!chosen) {
      list.removeAttribute("aria-activedescendant");
      return;
    }
    chosen.setAttribute("aria-selected", "true");
    list.setAttribute("aria-activedescendant", chosen.id);
    scrollInto(list, chosen);
  });
}

/** An option for each operation, by its id, and a word where another row begins. */
function fillOutline({ data }, list) {
  const options = new Map();
  let row = null;
  for (const node of data.operations) {
    const own = data.rowOf(node);
    if (own !== row && own.title) {
      const title = el("bdi", {}, own.title);
      const phase = node.phase ? ` · ${node.phase}` : "";
      list.append(el("li", { role: "presentation", class: "break" }, title, phase));
    }
    row = own;
    const option = optionOf(data, node);
    options.set(node.id, option);
    list.append(option);
  }
  return options;
}

function optionOf(data, node) {
  return el(
    "li",
    {
      id: `op-${node.step}`,
      role: "option",
      "aria-selected": "false",
      "data-index": node.index,
      class: "option",
    },
    tagOf(node),
    el("bdi", { class: "what" }, titleOf(node)),
    el("span", { class: "like" }, node.shape),
    el("span", { class: "unseen" }, sentenceOf(data, node)),
  );
}

/** What a reader of the list hears besides tag, name and shape. */
function sentenceOf(data, node) {
  const inputs = node.ins
    .map((link) => data.nodes[link.s])
    .map((each) => each.tag || each.title);
  const reads = inputs.length
    ? `reads ${[...new Set(inputs)].join(", ")}`
    : "reads nothing";
  const sign = node.sign ? `, ${SIGN_WORDS[node.sign]}` : "";
  return `, ${node.phase}, ${reads}${sign}`;
}

function listKey(page, event) {
  const { data, state } = page;
  const node = data.byId.get(state.selected);
  const at = node && node.step !== undefined ? node.step : -1;
  const last = data.operations.length - 1;
  const to = {
    ArrowDown: Math.min(last, at + 1),
    ArrowUp: Math.max(0, at - 1),
    PageDown: Math.min(last, at + 12),
    PageUp: Math.max(0, at - 12),
    Home: 0,
    End: last,
  }[event.key];
  if (to !== undefined) {
    page.select(data.operations[to]);
    event.preventDefault();
  } else if (event.key === "Enter" && node) {
    page.collapse.reveal(node);
    event.preventDefault();
  }
}

/** Scroll a list alone: the page must not move with it. */
function scrollInto(list, item) {
  const [top, bottom] = [
    item.offsetTop - list.offsetTop,
    item.offsetTop - list.offsetTop + item.offsetHeight,
  ];
  if (top < list.scrollTop + 30) list.scrollTop = top - 30;
  else if (bottom > list.scrollTop + list.clientHeight)
    list.scrollTop = bottom - list.clientHeight + 30;
}
