// @ts-check
// The keyboard: one table of keys, which the help shows.

/** Add `page.keys.add(keys, what, act)`: what these keys do outside of text fields. */
function installKeys(page) {
  const table = [];
  page.keys = {
    table,
    /** `act(event)` returns false where the key has no meaning now. */
    add(keys, what, act, group = "View") {
      table.push({ keys, what, act, group });
    },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented)
      return;
    if (isTyping(event.target) && event.key !== "Escape") return;
    for (const { keys, act } of table) {
      if (keys.includes(event.key) && act(event) !== false) {
        event.preventDefault();
        return;
      }
    }
  });
}

function isTyping(target) {
  return (
    target instanceof HTMLElement &&
    target.matches("input, textarea, select, [data-keys]")
  );
}

/** Whether a key press belongs to a button or a list that has the focus. */
function isOnControl(event) {
  const target = event.target;
  return (
    target instanceof HTMLElement && target.matches("button, a, summary, [role=option]")
  );
}
