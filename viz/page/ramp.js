// @ts-check
// One ramp of colours for all amounts: cividis, which everybody sees as one order.

const CIVIDIS = [
  [0, 34, 78],
  [18, 53, 112],
  [59, 73, 108],
  [87, 93, 109],
  [112, 113, 115],
  [138, 134, 120],
  [165, 156, 116],
  [195, 179, 105],
  [225, 204, 85],
  [254, 232, 56],
];

/** The colour at a part of the way, from 0 to 1, as three bytes. */
function rampBytes(part) {
  const at = Math.min(1, Math.max(0, part)) * (CIVIDIS.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, CIVIDIS.length - 1);
  return CIVIDIS[low].map((from, i) =>
    Math.round(from + (CIVIDIS[high][i] - from) * (at - low)),
  );
}

/** The same as a colour of CSS. */
const rampColor = (part) => `rgb(${rampBytes(part).join(" ")})`;

/** The whole ramp as a drawing, for legends. */
function drawRamp(width, height) {
  const steps = 40;
  const size = { width, height, viewBox: `0 0 ${steps} 1`, class: "ramp" };
  const given = { ...size, preserveAspectRatio: "none", "aria-hidden": "true" };
  const bars = Array.from({ length: steps }, (_, i) =>
    draw("rect", {
      x: i,
      y: 0,
      width: 1.05,
      height: 1,
      fill: rampColor(i / (steps - 1)),
    }),
  );
  return draw("svg", given, bars);
}

/** A number in six digits, as readers write it. */
function number(value) {
  if (value === null || value === undefined) return "not finite";
  const isWhole = Number.isInteger(value) && Math.abs(value) < 1e7;
  const text = isWhole ? count(value) : String(Number(value.toPrecision(6)));
  return text.replace("-", "−");
}
