// @ts-check
// Mathematics: trees of MathML become elements, by functions as all else.

const MATHML = "http://www.w3.org/1998/Math/MathML";
const MATH_NAMES = new Set(
  (
    "math mrow mi mn mo mtext msub msup msubsup munder mfrac msqrt mroot mtable mtr " +
    "mtd mspace"
  ).split(" "),
);

/** Make an element of a tree: its name, then texts and the trees inside. */
function mathOf([name, ...inside]) {
  const known = MATH_NAMES.has(name) ? name : "mrow";
  const element = document.createElementNS(MATHML, known);
  for (const each of inside) {
    element.append(Array.isArray(each) ? mathOf(each) : each);
  }
  return element;
}

/** A formula by its number: as mathematics if the page has it, or else as text. */
function formulaOf({ equations }, number) {
  const given = equations.texts[number];
  if (!Array.isArray(given)) return el("bdi", { class: "math" }, given);
  const math = mathOf(given[1]);
  math.setAttribute("alttext", given[0]);
  return el("bdi", { class: "math" }, math);
}

/** A formula as text. */
function formulaText({ equations }, number) {
  const given = equations.texts[number];
  return Array.isArray(given) ? given[0] : given;
}
