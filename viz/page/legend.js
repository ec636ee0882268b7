// @ts-check
// The legend is the switch: phases go and come by it; and the line that counts.

/** Add the phase toggles, the toggle of saved values, and the count. */
function installLegend(page) {
  const { data, state, keys, canvas } = page;
  const host = find("legend");
  const numbers = phaseCounts(data, data.operations);
  const toggles = data.phases.map((phase) => {
    const turn = () => togglePhase(page, phase.name);
    keys.add(
      [String(data.phases.indexOf(phase) + 1)],
      `show or hide ${phase.name}`,
      turn,
    );
    return button(
      [
        el("span", { class: `tag ${phaseClass(phase.name)}` }, phase.letter),
        ` ${phase.name} `,
        el("span", { class: "number" }, count(numbers.get(phase.name))),
      ],
      turn,
      { class: "chip", "aria-pressed": "true", "data-phase": phase.name },
    );
  });
  const group = el(
    "div",
    { role: "group", "aria-label": "Phases", class: "chips" },
    toggles,
  );
  host.append(group);
  if (data.links.some((link) => link.kind === "saved")) addSaved(page, group);
  const show = () => {
    for (const each of toggles) {
      each.setAttribute("aria-pressed", String(state.phases.has(each.dataset.phase)));
    }
  };
  state.watch(["phases"], show);
  canvas.onRestack(() => showCount(page));
  show();
}

function addSaved(page, group) {
  const { state, keys } = page;
  const turn = () => {
    state.set({ saved: !state.saved });
    page.announce(`Lines to saved values ${state.saved ? "shown" : "hidden"}`);
  };
  const chip = button("○┈ saved values", turn, {
    class: "chip",
    "data-saved": "",
    "aria-pressed": "false",
  });
  group.append(chip);
  keys.add(["s"], "lines to values saved for the backward pass", turn);
  state.watch(["saved"], () => chip.setAttribute("aria-pressed", String(state.saved)));
}

function togglePhase(page, name) {
  const { state } = page;
  const phases = new Set(state.phases);
  if (!phases.delete(name)) phases.add(name);
  if (!phases.size) return;
  state.set({ phases });
  page.announce(`${name} ${phases.has(name) ? "shown" : "hidden"}`);
}

/** How many operations have a box of their own, are inside of boxes, or hidden. */
function counted(page) {
  const { data, canvas } = page;
  const found = { shown: 0, inside: 0, hidden: 0, all: data.operations.length };
  for (const node of data.operations) {
    const place = canvas.scene.place[node.index];
    if (!place) found.hidden += 1;
    else if (place.type === "node") found.shown += 1;
    else found.inside += 1;
  }
  return found;
}

function showCount(page) {
  const { shown, inside, hidden, all } = counted(page);
  const parts = [`${count(shown)} of ${plural(all, "operation")}`];
  if (inside) parts.push(`${count(inside)} inside boxes`);
  if (hidden) parts.push(`${count(hidden)} hidden`);
  find("count").textContent = parts.join(" · ");
}
