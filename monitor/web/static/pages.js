"use strict";
// Comfort only: every page says and does the same without this file.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// An address with #recheck-7 opens that task's form.
const opened = location.hash && document.getElementById(location.hash.slice(1));
if (opened) opened.querySelector("details")?.setAttribute("open", "");
