// @ts-check
// The dock: a slider over the schedule with the memory above it, and what plays it.

const SPEEDS = [1, 2, 5, 10, 30];
const STEP_ICONS = {
  back: "M12 5L6 10l6 5zM5 5v10",
  forth: "M8 5l6 5-6 5zM15 5v10",
  play: "M7 4l8 6-8 6z",
  pause: "M7 5v10M13 5v10",
};

/** Fill the dock, and add the keys that step and play. */
function installDock(page) {
  const { data, state, schedule } = page;
  // Two graphs in one do not run; and epochs have a slider of their own.
  if (data.operations.length < 2 || data.comparison || data.epochs) return;
  const player = createPlayer(page);
  const slider = el("input", {
    type: "range",
    min: 0,
    max: schedule.last,
    value: 0,
    "aria-label": "Step of the schedule",
    class: "steps",
    on: { input: (event) => schedule.go(Number(event.target.value)) },
  });
  // Its own keys move the slider, and not the selection.
  slider.addEventListener("keydown", (event) => {
    if (/^(Arrow|Page|Home|End)/.test(event.key)) event.stopPropagation();
  });
  const chart = drawSchedule(data);
  const now = el("p", { class: "now" });
  find("dock").append(
    transport(page, player),
    el("div", { class: "track" }, chart.element, slider),
    el("div", { class: "told" }, now, phaseJumps(page)),
  );
  const show = () => {
    const { step } = state;
    if (step === null) player.pause();
    slider.value = String(step ?? 0);
    slider.setAttribute("aria-valuetext", stepText(page));
    find("dock").classList.toggle("stepping", step !== null);
    chart.show(step);
    now.replaceChildren(...toldNow(page));
  };
  state.watch(["step"], show);
  show();
  addStepKeys(page, player);
}

/** What runs now, with the bytes in use. */
function toldNow(page) {
  const { data, state, schedule } = page;
  const node = schedule.now();
  if (!node) {
    const what = data.recording ? " as recorded" : ", not recorded";
    const all = plural(data.operations.length, "operation");
    return [el("span", {}, el("span", { class: "strong" }, all), what)];
  }
  const used = data.memory ? ` · ${bytes(data.memory.used[state.step])}` : "";
  const at = `${count(node.step + 1)} of ${count(schedule.last + 1)}${used}`;
  return [tagOf(node), el("bdi", { class: "strong" }, titleOf(node)), ` ${at}`];
}

// ---- playing ----

function createPlayer(page) {
  const { state, schedule } = page;
  state.define("speed", 2);
  state.define("playing", false);
  let timer = 0;
  const tick = () => {
    if (!schedule.by(1, true)) {
      player.pause();
      page.announce("The step is over");
      return;
    }
    timer = window.setTimeout(tick, 1000 / state.speed);
  };
  const player = {
    play() {
      if (state.step === schedule.last) schedule.leave();
      state.set({ playing: true });
      tick();
    },
    pause() {
      window.clearTimeout(timer);
      state.set({ playing: false });
    },
    turn() {
      if (state.playing) player.pause();
      else player.play();
    },
  };
  return player;
}

function transport(page, player) {
  const { state, schedule } = page;
  const paused = (act) => () => {
    player.pause();
    act();
  };
  const back = paused(() => schedule.by(-1));
  const forth = paused(() => schedule.by(1));
  const turn = iconButton("Play (Space)", STEP_ICONS.play, player.turn);
  state.watch(["playing"], () => {
    const name = state.playing ? "Pause (Space)" : "Play (Space)";
    turn.replaceChildren(icon(STEP_ICONS[state.playing ? "pause" : "play"]));
    for (const key of ["aria-label", "title"]) turn.setAttribute(key, name);
  });
  const speed = el(
    "select",
    {
      "aria-label": "Speed",
      class: "speed",
      on: { change: (event) => state.set({ speed: Number(event.target.value) }) },
    },
    SPEEDS.map((each) =>
      el("option", { value: each, selected: each === state.speed }, `${each}/s`),
    ),
  );
  state.watch(["speed"], () => {
    speed.value = String(state.speed);
  });
  const group = { class: "transport", role: "group", "aria-label": "Play" };
  return el(
    "div",
    group,
    iconButton("Step back ([)", STEP_ICONS.back, back),
    turn,
    iconButton("Step on (])", STEP_ICONS.forth, forth),
    speed,
  );
}

function phaseJumps(page) {
  const { data, schedule } = page;
  const jump = ({ name, letter }) =>
    button(letter, () => schedule.toPhase(name), {
      class: `jump ${phaseClass(name)}`,
      "aria-label": `To ${name} (Shift ${letter})`,
      title: `To ${name} (Shift ${letter})`,
    });
  const group = { class: "jumps", role: "group", "aria-label": "Go to a phase" };
  return el("div", group, data.phases.map(jump));
}

function addStepKeys(page, player) {
  const { data, state, schedule, keys } = page;
  const group = "Schedule";
  const add = (names, what, act) => keys.add(names, what, act, group);
  add([" "], "play, pause", (event) => {
    if (isOnControl(event)) return false;
    player.turn();
    return true;
  });
  add(["]"], "a step on", () => schedule.by(1));
  add(["["], "a step back", () => schedule.by(-1));
  for (const { name, letter } of data.phases) {
    add([letter], `to where ${name} begins`, () => schedule.toPhase(name));
  }
  const faster = (by) => {
    const at = SPEEDS.indexOf(state.speed) + by;
    const speed = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at))];
    state.set({ speed });
    page.announce(`${speed} steps a second`);
  };
  add([">"], "faster", () => faster(1));
  add(["<"], "slower", () => faster(-1));
}
