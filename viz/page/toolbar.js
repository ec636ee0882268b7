// @ts-check
// The buttons above the drawing, those of the zoom, and the theme.

const ICONS = {
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  fit: "M4 8V4h4M12 4h4v4M16 12v4h-4M8 16H4v-4",
  theme: "M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14",
  open: "M5 8l5-4 5 4M5 12l5 4 5-4",
  close: "M5 4l5 4 5-4M5 16l5-4 5 4",
};

/** Add `page.toolbar.add(element, order)`, the zoom and the theme. */
function installToolbar(page) {
  const { state, canvas } = page;
  const tools = find("tools");
  const placed = [];
  page.toolbar = {
    element: tools,
    /** Put a button, or any element, among the tools. */
    add(element, order = 50) {
      placed.push({ element, order });
      placed.sort((a, b) => a.order - b.order);
      tools.replaceChildren(...placed.map((each) => each.element));
    },
  };
  page.toolbar.add(
    el(
      "span",
      { class: "pair" },
      iconButton("Close every layer (c)", ICONS.close, () => page.collapse.all()),
      iconButton("Open everything (e)", ICONS.open, () => page.collapse.none()),
    ),
    20,
  );
  installTheme(page);
  find("zoom").append(
    iconButton("Larger (+)", ICONS.plus, () => canvas.zoom(1.25)),
    iconButton("Smaller (−)", ICONS.minus, () => canvas.zoom(0.8)),
    iconButton("All of the graph (0)", ICONS.fit, () => canvas.fit()),
  );
  state.watch(["theme"], () => applyTheme(state.theme));
}

// Light and dark follow the system until somebody chooses.
function installTheme(page) {
  const { state, keys } = page;
  const known = (text) => (["light", "dark"].includes(text) ? text : undefined);
  state.define("theme", null, { write: String, read: known });
  const dark = () =>
    state.theme === "dark" ||
    (!state.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  const turn = () => {
    state.set({ theme: dark() ? "light" : "dark" });
    page.announce(`${state.theme} colours`);
  };
  page.toolbar.add(iconButton("Light or dark (t)", ICONS.theme, turn), 80);
  keys.add(["t"], "light or dark", turn);
}

function applyTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}
