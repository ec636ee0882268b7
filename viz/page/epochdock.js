// @ts-check
// The dock of epochs: play, step and slide, with a bar for what was found in each.

const EPOCHS_A_SECOND = 4;

/** Fill the dock, and add the keys. */
function fillEpochDock(page) {
  const { data, state } = page;
  const player = createEpochPlayer(page);
  const slider = epochSlider(page, player);
  const now = el("p", { class: "now" });
  find("dock").classList.add("of-epochs");
  find("dock").append(
    epochTransport(page, player),
    el("div", { class: "track" }, drawFound(data), slider),
    el("div", { class: "told" }, now, factChoice(page)),
  );
  const show = () => {
    slider.value = String(state.epoch);
    slider.setAttribute("aria-valuetext", epochText(page));
    now.replaceChildren(
      el("span", { class: "strong" }, epochName(data.epochs.at[state.epoch])),
      el("span", {}, foundText(data, state.epoch)),
    );
  };
  state.watch(["epoch"], show);
  show();
  addEpochKeys(page, player);
}

function epochSlider({ state, epochs }, player) {
  const slider = el("input", {
    type: "range",
    min: 0,
    max: epochs.last,
    value: state.epoch,
    class: "steps",
    "aria-label": "Epoch",
    on: {
      input: (event) => {
        player.pause();
        epochs.go(Number(event.target.value));
      },
    },
  });
  // Its own keys move the slider, and not the selection.
  slider.addEventListener("keydown", (event) => {
    if (/^(Arrow|Page|Home|End)/.test(event.key)) event.stopPropagation();
  });
  return slider;
}

function addEpochKeys(page, player) {
  const { state, epochs } = page;
  const move = (by) => () => {
    player.pause();
    epochs.go(state.epoch + by);
  };
  page.keys.add(["]"], "an epoch on", move(1), "Epochs");
  page.keys.add(["["], "an epoch back", move(-1), "Epochs");
  const turn = (event) => {
    if (isOnControl(event)) return false;
    player.turn();
    return true;
  };
  page.keys.add([" "], "play, pause", turn, "Epochs");
}

function foundText(data, place) {
  const found = findingsAt(data, place).length;
  return found ? plural(found, "finding") : "nothing found";
}

function createEpochPlayer(page) {
  const { state, epochs } = page;
  let timer = 0;
  state.define("playing", false);
  const player = {
    pause() {
      window.clearTimeout(timer);
      state.set({ playing: false });
    },
    turn() {
      if (state.playing) {
        player.pause();
        return;
      }
      if (state.epoch === epochs.last) state.set({ epoch: 0 });
      state.set({ playing: true });
      timer = window.setTimeout(tick, 1000 / EPOCHS_A_SECOND);
    },
  };
  const tick = () => {
    if (state.epoch < epochs.last) state.set({ epoch: state.epoch + 1 });
    if (state.epoch < epochs.last) {
      timer = window.setTimeout(tick, 1000 / EPOCHS_A_SECOND);
      return;
    }
    player.pause();
    page.announce("The last epoch");
  };
  return player;
}

function epochTransport(page, player) {
  const { state, epochs } = page;
  const step = (by) => () => {
    player.pause();
    epochs.go(state.epoch + by);
  };
  const turn = iconButton("Play (Space)", STEP_ICONS.play, player.turn);
  state.watch(["playing"], () => {
    const name = state.playing ? "Pause (Space)" : "Play (Space)";
    turn.replaceChildren(icon(STEP_ICONS[state.playing ? "pause" : "play"]));
    for (const key of ["aria-label", "title"]) turn.setAttribute(key, name);
  });
  return el(
    "div",
    { class: "transport", role: "group", "aria-label": "Play" },
    iconButton("Epoch back ([)", STEP_ICONS.back, step(-1)),
    turn,
    iconButton("Epoch on (])", STEP_ICONS.forth, step(1)),
  );
}

function factChoice(page) {
  const { data, state } = page;
  const choice = el(
    "select",
    {
      "aria-label": "Nodes are shaded by",
      class: "overlay-choice",
      on: { change: (event) => state.set({ fact: event.target.value }) },
    },
    data.epochs.fields.map(({ id, title }) => el("option", { value: id }, title)),
  );
  const show = () => {
    choice.value = state.fact;
  };
  state.watch(["fact"], show);
  show();
  return choice;
}

/** A bar for each epoch, as high as there are findings. */
function drawFound({ epochs }) {
  const counts = epochs.at.map((_, place) => findingsAt({ epochs }, place).length);
  const most = Math.max(1, ...counts);
  const bars = counts.map((number, place) =>
    draw("rect", {
      x: place - 0.3,
      y: 1 - number / most,
      width: 0.6,
      height: number / most,
      class: "found",
    }),
  );
  const given = {
    viewBox: `0 0 ${Math.max(1, counts.length - 1)} 1`,
    preserveAspectRatio: "none",
    class: "chart",
    "aria-hidden": "true",
  };
  return el("div", { class: "plot" }, draw("svg", given, bars));
}
