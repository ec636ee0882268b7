// @ts-check
// The start: one object that all features share, then the features, then the state
// that the address asks for.

/** Start the page with these features. */
function start(features) {
  const page = createPage();
  for (const install of features) install(page);
  connectAddress(page);
  if (page.data.failure && !page.state.selected) {
    page.state.set({ selected: page.data.nodes[page.data.failure.node].id });
  }
  page.canvas.restack();
  page.canvas.open();
  page.panel.renderAll();
  const node = page.data.byId.get(page.state.selected);
  if (node) page.reach(node);
  page.exercise.reveal();
  document.documentElement.dataset.ready = "";
}

function createPage() {
  const live = find("live");
  const page = {
    data: readModel(find("data")),
    state: createStore(),
    /** Functions that make what stands on paper below the drawing. */
    paper: [],
    /** Say something to those who do not see the page change. */
    announce(text) {
      live.textContent = live.textContent === text ? `${text} ` : text;
    },
    /** Select a node, bring it into view, and say so. */
    select(node) {
      page.state.set({ selected: node.id });
      page.reach(node);
      const name = [node.tag, titleOf(node)].filter(Boolean).join(" ");
      const row = page.data.rowOf(node).title;
      const parts = [name, likeOf(node), row].filter(Boolean);
      page.announce(parts.join(", "));
    },
  };
  return page;
}

// The address holds the state, where it may be changed: in a notebook it may not.
function connectAddress(page) {
  const { state } = page;
  const names = Object.keys(state);
  state.restore(location.hash);
  window.addEventListener("hashchange", () => state.restore(location.hash));
  state.watch(names, () => {
    try {
      history.replaceState(null, "", `#${state.text()}`);
    } catch {
      page.address = `#${state.text()}`; // refused here; the page works without
    }
  });
}
