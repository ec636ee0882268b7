// @ts-check
// The equations on paper, below the operations.

// On paper nothing scrolls: a longer formula is a text, which goes on below.
const MOST_LETTERS = 70;

/** All equations, under a title. */
function paperEquations(data, listed) {
  const lines = listed.map((each, i) => paperEquation(data, each, listed[i - 1]));
  return [el("h2", {}, "Equations"), ...lines.flat()];
}

/** An equation, below a heading where another layer begins. */
function paperEquation(data, each, before) {
  const heading = equationHeading(each);
  const isNew = !before || equationHeading(before) !== heading;
  const text = formulaText(data, each.text);
  const isLong = text.length > MOST_LETTERS;
  return [
    isNew ? el("h3", {}, heading) : null,
    el(
      "p",
      { class: "numbered" },
      el("span", { class: "number" }, `(${each.number})`),
      isLong ? el("bdi", { class: "math" }, text) : formulaOf(data, each.text),
      el("span", { class: "like" }, equationLike(data, each)),
    ),
  ];
}
