// The tools below a canvas: what a click or a drag is, the brush's size, how much of the cut-out is shown, and the help.

const $ = (id) => document.getElementById(id);

// Marks the button of a group, such as data-tool, that has a value.
export function press(group, value) {
  for (const button of document.querySelectorAll(`button[data-${group}]`)) {
    button.setAttribute("aria-pressed", String(button.dataset[group] === value));
  }
}

// Has the page's controls work on the canvas; returns what the page calls itself, and the keys that do the same.
export function bindTools(canvas) {
  function choose(tool) {
    Object.assign(canvas, { tool, corner: null });
    press("tool", tool);
  }
  function slide(value) {
    $("slider").value = canvas.split = value;
    canvas.paint();
  }
  function resize(by) {
    $("size").value = canvas.size = Math.min(Math.max(canvas.size + by, 2), 100);
    canvas.paint();
  }
  const help = () => $("help").showModal();
  for (const button of document.querySelectorAll("[data-tool]")) button.addEventListener("click", () => choose(button.dataset.tool));
  $("slider").addEventListener("input", () => slide(Number($("slider").value)));
  $("size").addEventListener("input", () => resize(Number($("size").value) - canvas.size));
  $("help-button").addEventListener("click", help);
  const keys = {
    1: () => choose("product"), 0: () => choose("not"), x: () => choose("box"), b: () => choose("add"), e: () => choose("erase"),
    "[": () => resize(-4), "]": () => resize(4), c: () => slide(canvas.split > 50 ? 0 : 100), "?": help, h: help,
  };
  return { slide, keys };
}
