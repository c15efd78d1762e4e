// Watches a run that is under way: asks every two seconds whether the record says more of it, and if so shows that.
(() => {
  "use strict";
  const main = document.querySelector("main[data-run]");
  if (!main) return;
  const STOPS = "a, button, select, summary, pre";
  const said = document.getElementById("said"); // a screen reader announces what changes in it
  const address = `/runs/${main.dataset.run}`;
  const look = async () => {
    const { stamp } = await (await fetch(`${address}/stamp`)).json();
    if (stamp === main.dataset.stamp) return;
    const text = await (await fetch(address)).text();
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("main[data-run]");
    if (!fresh) return;
    const opened = [...main.querySelectorAll("details")].map((one) => one.open);
    const chosen = [...main.querySelectorAll("select")].map((one) => one.value);
    const place = [...main.querySelectorAll(STOPS)].indexOf(document.activeElement);
    main.dataset.stamp = fresh.dataset.stamp;
    main.replaceChildren(...fresh.childNodes);
    [...main.querySelectorAll("details")].forEach((one, at) => { one.open = Boolean(opened[at]); });
    [...main.querySelectorAll("select")].forEach((one, at) => { if (chosen[at]) one.value = chosen[at]; });
    if (place >= 0) main.querySelectorAll(STOPS)[place]?.focus({ preventScroll: true });
    said.textContent = main.querySelector("#now").parentElement.querySelector(".now").textContent;
    dispatchEvent(new Event("leadline:fresh"));
  };
  const again = () => look().catch(() => {}).finally(() => setTimeout(again, 2000));
  setTimeout(again, 2000);
})();
