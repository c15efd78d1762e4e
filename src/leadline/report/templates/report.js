// Shows the words of what a pointer rests on at once, where a browser's own tooltip takes a second and a phone has none.
(() => {
  "use strict";
  const tip = document.getElementById("tip");
  const read = () => {
    for (const title of document.querySelectorAll("svg .tip > title")) {
      title.parentNode.dataset.tip = title.textContent;
      title.remove();
    }
  };
  read();
  addEventListener("leadline:fresh", read);
  const show = (event) => {
    const mark = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
    tip.hidden = !mark;
    if (!mark) return;
    tip.textContent = mark.dataset.tip;
    const { clientWidth } = document.documentElement;
    const room = clientWidth - tip.offsetWidth - 8;
    const above = event.clientY - tip.offsetHeight - 14;
    tip.style.setProperty("left", `${Math.max(8, Math.min(event.clientX + 12, room)) + scrollX}px`);
    tip.style.setProperty("top", `${(above < 4 ? event.clientY + 20 : above) + scrollY}px`);
  };
  addEventListener("pointermove", show, { passive: true });
  addEventListener("pointerdown", show, { passive: true });
  addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
  addEventListener("keydown", (event) => { if (event.key === "Escape") tip.hidden = true; });
})();
