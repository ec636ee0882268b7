// @ts-check
// The help: every key, as the features named them.

/** Add the help, behind a button and the question mark. */
function installHelp(page) {
  const { keys } = page;
  const dialog = el("dialog", { id: "help", "aria-labelledby": "help-title" });
  document.body.append(dialog);
  const show = () => {
    dialog.replaceChildren(...helpParts(page, dialog));
    dialog.showModal();
  };
  page.toolbar.add(
    button("?", show, {
      "aria-label": "Help and keys (?)",
      title: "Help and keys (?)",
      class: "icon-text",
    }),
    90,
  );
  keys.add(["?"], "this help", show);
  keys.add(
    ["Escape"],
    "back: from search, isolated part, exercise, step, equation, selection",
    () => goBack(page),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}

// What was last put over the graph is taken away first.
function goBack(page) {
  const { state } = page;
  if (state.query) state.set({ query: "" });
  else if (state.isolated) page.isolate.end();
  else if (state.exercise) page.exercise.end();
  else if (state.step !== null) page.schedule.leave();
  else if (state.equation) state.set({ equation: 0 });
  else if (state.selected === null) return false;
  else state.set({ selected: null });
  page.announce("Back");
  return true;
}

const KEY_NAMES = {
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  " ": "Space",
};

function helpParts(page, dialog) {
  const groups = new Map();
  for (const each of page.keys.table) {
    groups.set(each.group, [...(groups.get(each.group) || []), each]);
  }
  const rows = [...groups].map(([name, entries]) =>
    el(
      "section",
      {},
      el("h3", {}, name),
      definitions(entries.map(({ keys, what }) => [keyNames(keys), what])),
    ),
  );
  return [
    el(
      "div",
      { class: "dialog-head" },
      el("h2", { id: "help-title" }, "Keys"),
      button("Close", () => dialog.close(), { class: "small" }),
    ),
    el("div", { class: "key-groups" }, rows),
    el(
      "p",
      { class: "hint" },
      "Drag or turn the wheel to move, hold Ctrl to enlarge. ",
      "A click on a box opens it, a click on a frame's title closes it.",
    ),
  ];
}

function keyNames(keys) {
  return el(
    "span",
    {},
    keys.map((key) => el("kbd", {}, KEY_NAMES[key] || key)),
  );
}
