/* A formula that is wider than the page scrolls; the keyboard must reach it, and only then. */
"use strict";
function reachable() {
  for (const formula of document.querySelectorAll(".katex-display")) {
    if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
    else formula.removeAttribute("tabindex");
  }
}
new ResizeObserver(reachable).observe(document.documentElement);
document.fonts.addEventListener("loadingdone", reachable);  // its font makes a formula wider
