// @ts-check
// Search: by tag, name, operation, layer, shape or phase, as one types.

const MOST_FOUND = 60;

/** Add the field, the list of what was found, and the state `query`. */
function installSearch(page) {
  const { state, keys, canvas } = page;
  state.define("query", "", { write: String, read: String });
  const field = el("input", {
    type: "search",
    id: "search",
    role: "combobox",
    placeholder: "Search: matmul, dense_1, (32, 16)…",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": "Search operations by name, layer, shape or phase",
    "aria-expanded": "false",
    "aria-controls": "found",
    "aria-autocomplete": "list",
  });
  const list = el("ul", {
    id: "found",
    role: "listbox",
    "aria-label": "Found",
    hidden: true,
  });
  const box = el("div", { class: "search" }, field, list);
  page.toolbar.add(box, 10);
  const texts = page.data.nodes.map((node) => searchText(page.data, node));
  const view = { field, list, found: [], at: 0 };
  state.watch(["query"], () => {
    if (field.value !== state.query) field.value = state.query;
    view.found = search(page.data, texts, state.query);
    view.at = 0;
    canvas.mark("match", new Set(view.found.map((node) => node.index)));
    canvas.svg.classList.toggle("searching", Boolean(view.found.length));
    listFound(page, view);
  });
  field.addEventListener("input", () => state.set({ query: field.value }));
  field.addEventListener("focus", () => listFound(page, view));
  field.addEventListener("blur", () => closeFound(view));
  field.addEventListener("keydown", (event) => searchKey(page, view, event));
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault(); // the field keeps the focus
    const option = event.target.closest("[role=option]");
    if (option) choose(page, view, view.found[Number(option.dataset.at)]);
  });
  keys.add(["/"], "search", () => field.focus());
}

function searchText(data, node) {
  const row = data.rowOf(node);
  const parts = [
    node.tag,
    node.id,
    titleOf(node),
    node.op,
    node.phase,
    node.kind,
    SIGN_CLASS[node.sign],
    node.dtype,
  ];
  parts.push(node.shape, row.title, row.detail, node.scope);
  return parts.filter(Boolean).join("\n").toLowerCase();
}

/** The nodes that have every word of the query; first those named so. */
function search(data, texts, query) {
  const words = wordsOf(query);
  if (!words.length) return [];
  const rank = (node) => {
    const names = [node.tag, titleOf(node), node.id]
      .filter(Boolean)
      .map((each) => each.toLowerCase());
    if (words.some((word) => names.includes(word))) return 0;
    return names.some((name) => name.startsWith(words[0])) ? 1 : 2;
  };
  const found = data.nodes.filter((node) =>
    words.every((word) => texts[node.index].includes(word)),
  );
  const order = (node) => (node.step === undefined ? data.nodes.length : node.step);
  return found.sort((a, b) => rank(a) - rank(b) || order(a) - order(b));
}

/** Words end at spaces, but a shape in brackets is one. */
function wordsOf(query) {
  return query.toLowerCase().match(/\([^)]*\)?|[^\s(]+/g) || [];
}

function listFound(page, view) {
  const { state } = page;
  if (!state.query || document.activeElement !== view.field) {
    closeFound(view);
    return;
  }
  const shown = view.found.slice(0, MOST_FOUND);
  const total = plural(view.found.length, "node");
  view.list.replaceChildren(
    ...shown.map((node, i) => foundOption(page, node, i)),
    el(
      "li",
      { class: "note", role: "presentation" },
      view.found.length ? total : "Nothing is called so",
    ),
  );
  view.list.hidden = false;
  view.field.setAttribute("aria-expanded", "true");
  activate(view, 0);
  page.announce(`${total} found`);
}

function foundOption(page, node, i) {
  const given = { role: "option", id: `found-${i}`, class: "option", "data-at": i };
  return el(
    "li",
    given,
    tagOf(node),
    el("bdi", { class: "what" }, titleOf(node)),
    el("span", { class: "like" }, `${node.shape} · ${page.data.rowOf(node).title}`),
  );
}

function activate(view, at) {
  const options = [...view.list.querySelectorAll("[role=option]")];
  view.at = options.length ? (at + options.length) % options.length : 0;
  options.forEach((option, i) =>
    option.setAttribute("aria-selected", String(i === view.at)),
  );
  const active = options[view.at];
  if (!active) {
    view.field.removeAttribute("aria-activedescendant");
    return;
  }
  view.field.setAttribute("aria-activedescendant", active.id);
  active.scrollIntoView({ block: "nearest" });
}

function closeFound(view) {
  view.list.hidden = true;
  view.field.setAttribute("aria-expanded", "false");
  view.field.removeAttribute("aria-activedescendant");
}

function choose(page, view, node) {
  if (!node) return;
  page.select(node);
  page.collapse.reveal(node);
  view.field.blur();
  page.canvas.host.focus({ preventScroll: true });
}

function searchKey(page, view, event) {
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in moves) activate(view, view.at + moves[event.key]);
  else if (event.key === "Enter") choose(page, view, view.found[view.at]);
  else if (event.key === "Escape") {
    if (view.field.value) page.state.set({ query: "" });
    else page.canvas.host.focus({ preventScroll: true });
  } else return;
  event.preventDefault();
  event.stopPropagation();
}
