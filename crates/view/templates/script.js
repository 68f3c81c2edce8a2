"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  document.querySelectorAll(".js").forEach((one) => { one.hidden = false; });

  const quiet = byId("map-quiet");
  if (quiet) quiet.addEventListener("change", () => {
    document.querySelectorAll("#heat tr.quiet").forEach((row) => { row.hidden = quiet.checked; });
  });

  // One stop of the Tab key for the whole map; arrow keys move within it.
  const heat = byId("heat");
  if (heat) {
    const links = [...heat.querySelectorAll("td a")];
    links.forEach((link, at) => { link.tabIndex = at ? -1 : 0; });
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    heat.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      const from = event.target.closest("td");
      if (!step || !from) return;
      event.preventDefault();
      let row = from.parentElement.rowIndex + step[0];
      let column = from.cellIndex + step[1];
      for (; heat.rows[row] && row > 0 && column > 0; row += step[0], column += step[1]) {
        const cell = heat.rows[row].cells[column];
        if (!cell && step[1]) break;
        const link = cell && !heat.rows[row].hidden && cell.querySelector("a");
        if (!link) continue;
        event.target.tabIndex = -1;
        link.tabIndex = 0;
        link.focus();
        break;
      }
    });
  }

  const table = byId("rows");
  if (!table) return;
  const STEP = 100;
  const order = ["nr", "un", "ex", "no", "ok"];
  const severities = ["high", "medium", "low", "info", ""];
  const rows = [...table.tBodies].map((el, at) => {
    const cells = el.rows[0].cells;
    const worst = cells[5].querySelector(".sev");
    return {
      el, at,
      verdict: order.find((name) => el.classList.contains(name)),
      account: cells[2].dataset.a,
      region: cells[3].textContent,
      checks: (el.dataset.checks || "").split(" "),
      keys: [
        order.findIndex((name) => el.classList.contains(name)),
        cells[1].textContent.toLowerCase(),
        cells[2].textContent.toLowerCase(),
        cells[3].textContent,
        cells[4].textContent,
        severities.indexOf(worst ? worst.textContent : ""),
      ],
      text: null,
    };
  });
  const inputs = { q: byId("q"), account: byId("by-account"), region: byId("by-region"), check: byId("by-check") };
  const pills = [...document.querySelectorAll("input[name=verdict]")];
  const number = (value) => value.toLocaleString("en");
  let limit = STEP;
  let sort = null;
  let matching = rows;

  const textOf = (row) => (row.text ??= row.el.textContent.toLowerCase());

  const show = () => {
    const words = inputs.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdicts = new Set(pills.filter((pill) => pill.checked).map((pill) => pill.value));
    matching = rows.filter((row) =>
      (!verdicts.size || verdicts.has(row.verdict)) &&
      (!inputs.account.value || row.account === inputs.account.value) &&
      (!inputs.region.value || row.region === inputs.region.value) &&
      (!inputs.check.value || row.checks.includes(inputs.check.value)) &&
      words.every((word) => textOf(row).includes(word)));
    if (sort) matching.sort((one, other) => {
      const [a, b] = [one.keys[sort.column], other.keys[sort.column]];
      return (a < b ? -sort.way : a > b ? sort.way : 0) || one.at - other.at;
    });
    place();
  };

  const place = () => {
    while (table.tBodies.length) table.tBodies[0].remove();
    table.append(...matching.slice(0, limit).map((row) => row.el));
    const seen = Math.min(limit, matching.length);
    byId("shown").textContent = (seen < matching.length ? number(seen) + " shown of " : "") +
      number(matching.length) + (matching.length < rows.length ? " matching, " + number(rows.length) + " in all" : matching.length === 1 ? " VPC" : " VPCs");
    byId("pager").hidden = seen === matching.length;
  };

  const restart = () => { limit = STEP; show(); };
  const clear = () => {
    Object.values(inputs).forEach((input) => { input.value = ""; });
    pills.forEach((pill) => { pill.checked = false; });
  };

  let pending = 0;
  inputs.q.addEventListener("input", () => { clearTimeout(pending); pending = setTimeout(restart, 120); });
  [inputs.account, inputs.region, inputs.check, ...pills].forEach((input) => input.addEventListener("change", restart));
  byId("tools").addEventListener("submit", (event) => { event.preventDefault(); restart(); });
  byId("clear").addEventListener("click", () => { clear(); restart(); });
  byId("more").addEventListener("click", () => { limit += STEP * 2; place(); });
  byId("all").addEventListener("click", () => { limit = rows.length; place(); });
  byId("open").addEventListener("click", (event) => {
    const open = event.target.textContent === "Expand shown";
    table.querySelectorAll(".d details").forEach((one) => { one.open = open; });
    event.target.textContent = open ? "Collapse shown" : "Expand shown";
  });

  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.textContent = "";
    head.append(button);
    button.addEventListener("click", () => {
      const way = sort && sort.column === column ? -sort.way : 1;
      sort = { column, way };
      [...table.tHead.rows[0].cells].forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
      show();
    });
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-show-verdict],[data-show-check],#heat td a");
    if (!link) return;
    clear();
    if (link.dataset.showVerdict) pills.forEach((pill) => { pill.checked = pill.value === link.dataset.showVerdict; });
    if (link.dataset.showCheck) inputs.check.value = link.dataset.showCheck;
    const cell = link.closest("#heat td");
    if (cell) {
      inputs.account.value = cell.parentElement.cells[0].dataset.account;
      inputs.region.value = heat.rows[0].cells[cell.cellIndex].textContent;
    }
    restart();
  });

  // A link to one VPC finds it even where it is not among those shown.
  const follow = () => {
    const row = rows.find((one) => "#" + one.el.id === location.hash);
    if (!row) return;
    clear();
    limit = Math.max(limit, row.at + 1);
    sort = null;
    show();
    row.el.querySelector("details").open = true;
    row.el.scrollIntoView();
  };
  addEventListener("hashchange", follow);

  // Paper has no button to show more: everything that matches is printed, and what is wrong is expanded.
  let closed = [];
  let screen = limit;
  addEventListener("beforeprint", () => {
    screen = limit;
    limit = rows.length;
    place();
    closed = [...document.querySelectorAll(".v.nr details, .v.un details, details.fold, details.sub, .gaps details")].filter((one) => !one.open);
    closed.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => {
    closed.forEach((one) => { one.open = false; });
    limit = screen;
    place();
  });

  show();
  follow();
})();
