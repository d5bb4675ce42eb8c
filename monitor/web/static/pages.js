"use strict";
// Comfort only: every page says and does the same without this file.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// The version slider: shows the moment while it moves, opens the version when let go.
for (const form of document.querySelectorAll("[data-slider]")) {
  const slide = form.querySelector("input");
  const said = form.querySelector("output");
  const links = form.querySelector("template").content.querySelectorAll("a");
  slide.hidden = said.hidden = false;
  slide.addEventListener("input", () => {
    said.value = slide.ariaValueText = links[slide.value - 1].textContent;
  });
  slide.addEventListener("change", () => {
    location.href = links[slide.value - 1].getAttribute("href");
  });
}

// Tables that sort by a click on a column's name.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", head.dataset.sorted || "none");
    button.addEventListener("click", () => sortBy(table, heads, column));
  });
}

function sortBy(table, heads, column) {
  const down = heads[column].getAttribute("aria-sort") === "ascending";
  heads.forEach((head) => head.setAttribute("aria-sort", "none"));
  heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = [...body.rows].sort((one, other) => compare(value(one, column), value(other, column)));
  body.append(...(down ? rows.reverse() : rows));
}

function value(row, column) {
  const cell = row.cells[column];
  return cell.dataset.sort ?? cell.textContent.trim();
}

function compare(one, other) {
  const numbers = [one, other].map((text) => Number(text.replaceAll(",", "")));
  if (one !== "" && other !== "" && !numbers.some(Number.isNaN)) return numbers[0] - numbers[1];
  return one.localeCompare(other, "en", { numeric: true });
}
