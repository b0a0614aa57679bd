"use strict";
// Links the pictures, the table and the gallery: each particle has one row number, and everything about it carries it.
(() => {
  const ROWS_OF_A_PAGE = 20;
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const { columns, numeric, rows } = JSON.parse(find("#rows").textContent);
  const LABEL = columns.indexOf("label");
  const VERDICT = columns.indexOf("verdict");
  const picker = find("#image-picker");
  const body = find("#particles-table tbody");
  const state = { order: [], page: 0, column: -1, descending: false, hover: null, chosen: null };

  // What a row holds: the number of its image, then a cell a column.
  const cell = (row, column) => rows[row][column + 1];
  const shown = (row, column) => {
    const value = cell(row, column);
    return value === null || value === undefined ? "–" : String(value);
  };
  const outline = (row) => (row === null ? null : document.getElementById(`p${row}`));
  const line = (row) => (row === null ? null : find(`tr[data-row="${row}"]`, body));

  function showImage(number) {
    all(".image").forEach((image) => image.classList.toggle("current", Number(image.dataset.image) === number));
    picker.value = String(number);
    find("#image-before").disabled = picker.selectedIndex <= 0;
    find("#image-after").disabled = picker.selectedIndex >= picker.options.length - 1;
    if (find("#only-this").checked) fill(true);
  }

  function compare(first, second) {
    const [a, b] = [cell(first, state.column), cell(second, state.column)];
    if (a === null || b === null) return (a === null) - (b === null);
    const sign = state.descending ? -1 : 1;
    return sign * (numeric[state.column] ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true }));
  }

  // Which rows the table has, in which order; then its page.
  function fill(first) {
    const wanted = find("#which").value;
    const image = find("#only-this").checked ? Number(picker.value) : null;
    state.order = rows.map((_, row) => row).filter((row) => {
      const accepted = cell(row, VERDICT) === "accepted";
      return (image === null || rows[row][0] === image) && (wanted === "all" || accepted === (wanted === "accepted"));
    });
    if (state.column >= 0) state.order.sort(compare);
    if (first) state.page = 0;
    drawPage();
  }

  function drawPage() {
    const pages = Math.max(1, Math.ceil(state.order.length / ROWS_OF_A_PAGE));
    state.page = Math.min(state.page, pages - 1);
    const start = state.page * ROWS_OF_A_PAGE;
    body.replaceChildren(...state.order.slice(start, start + ROWS_OF_A_PAGE).map((row) => {
      const tr = document.createElement("tr");
      tr.dataset.row = row;
      columns.forEach((_, column) => {
        const td = tr.insertCell();
        td.textContent = shown(row, column);
        td.className = numeric[column] ? "n" : "";
      });
      return tr;
    }));
    find("#page").textContent = `${state.page + 1} of ${pages}`;
    find("#page-before").disabled = state.page === 0;
    find("#page-after").disabled = state.page === pages - 1;
    mark("chosen", state.chosen);
  }

  function sortBy(column) {
    state.descending = state.column === column && !state.descending;
    state.column = column;
    all("#particles-table th").forEach((th, index) => {
      if (index === column) th.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
      else th.removeAttribute("aria-sort");
    });
    fill(true);
  }

  function mark(name, row) {
    all(`.outlines .${name}, #particles-table tr.${name}`).forEach((each) => each.classList.remove(name));
    [outline(row), line(row)].forEach((each) => each && each.classList.add(name));
  }

  // The particle from near, with what is around it.
  function magnify(row) {
    const path = outline(row);
    const loupe = find("#loupe");
    loupe.toggleAttribute("hidden", !path);
    if (!path) return;
    const box = path.getBBox();
    const side = Math.max(0.16 * Math.max(box.width, box.height), 8);
    loupe.setAttribute("viewBox", [(box.x + box.width / 2) / 10 - side / 2, (box.y + box.height / 2) / 10 - side / 2, side, side].join(" "));
    find("use", loupe).setAttribute("href", `#picture-${rows[row][0]}`);
    const copy = path.cloneNode(false);
    copy.removeAttribute("id");
    find("g", loupe).replaceChildren(copy);
  }

  function describe(row) {
    const list = find("#particle dl");
    list.replaceChildren();
    find("#particle .note").hidden = row !== null;
    magnify(row);
    if (row === null) return;
    columns.forEach((title, column) => {
      const dt = document.createElement("dt");
      const dd = document.createElement("dd");
      dt.textContent = title;
      dd.textContent = shown(row, column);
      list.append(dt, dd);
    });
  }

  function hover(row) {
    if (row === state.hover) return;
    state.hover = row;
    describe(row === null ? state.chosen : row);
    mark("hover", row);
  }

  // A ring about the particle, wide enough to find a small one.
  function ring(row) {
    all(".ring").forEach((each) => each.remove());
    const path = outline(row);
    if (!path) return;
    const box = path.getBBox();
    const frame = path.ownerSVGElement.viewBox.baseVal;
    const least = 0.02 * Math.max(frame.width, frame.height) * 10;
    const circle = path.cloneNode(false);
    const radius = Math.max(0.75 * Math.max(box.width, box.height), least);
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    circle.removeAttribute("id");
    circle.setAttribute("class", "ring");
    circle.setAttribute("d", `M${x - radius} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0z`);
    path.parentNode.append(circle);
  }

  // From the picture, the table or the gallery: show it in all of them.
  function choose(row, from) {
    state.chosen = row;
    if (rows[row][0] !== Number(picker.value)) showImage(rows[row][0]);
    if (from !== "table") {
      if (!state.order.includes(row)) {
        find("#which").value = "all";
        fill(true);
      }
      state.page = Math.floor(state.order.indexOf(row) / ROWS_OF_A_PAGE);
      drawPage();
    }
    describe(row);
    mark("chosen", row);
    ring(row);
    if (from !== "picture") find("#explorer").scrollIntoView({ behavior: "smooth", block: "start" });
  }

  const rowOf = (event, selector) => {
    const target = event.target.closest(selector);
    return target ? Number(target.id ? target.id.slice(1) : target.dataset.row) : null;
  };
  const PATH = ".image .outlines path[id]";
  const LINE = "#particles-table tbody tr";
  const TILE = ".tile[data-row]";
  document.addEventListener("mouseover", (event) => hover(rowOf(event, `${PATH}, ${LINE}, ${TILE}`)));
  document.addEventListener("click", (event) => {
    for (const [selector, from] of [[PATH, "picture"], [LINE, "table"], [TILE, "gallery"]]) {
      const row = rowOf(event, selector);
      if (row !== null) choose(row, from);
    }
  });

  // With the keyboard: arrows go from the particle at hand to the nearest one that way, Enter chooses it.
  const WAYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  const middle = (path) => {
    const box = path.getBBox();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  function nearest(paths, from, [dx, dy]) {
    let best = null;
    let least = Infinity;
    for (const path of paths) {
      const [x, y] = middle(path);
      const along = (x - from[0]) * dx + (y - from[1]) * dy;
      const across = Math.abs((x - from[0]) * dy) + Math.abs((y - from[1]) * dx);
      // more across than along is another way
      if (along > 0 && across <= along && along + across < least) [best, least] = [path, along + across];
    }
    return best;
  }
  document.addEventListener("keydown", (event) => {
    const svg = event.target.closest(".image svg");
    if (!svg) return;
    if (event.key === "Enter" && state.hover !== null) choose(state.hover, "picture");
    if (event.key === "Escape") hover(null);
    const way = WAYS[event.key];
    if (!way) return;
    event.preventDefault();
    const paths = all(".outlines path[id]", svg);
    const at = outline(state.hover ?? state.chosen);
    const next = at && svg.contains(at) ? nearest(paths, middle(at), way) : paths[0];
    if (next) hover(Number(next.id.slice(1)));
  });

  const turn = (step) => () => { state.page += step; drawPage(); };
  const step = (by) => () => showImage(Number(picker.options[picker.selectedIndex + by].value));
  find("#page-before").addEventListener("click", turn(-1));
  find("#page-after").addEventListener("click", turn(1));
  find("#image-before").addEventListener("click", step(-1));
  find("#image-after").addEventListener("click", step(1));
  picker.addEventListener("change", () => showImage(Number(picker.value)));
  find("#which").addEventListener("change", () => fill(true));
  find("#only-this").addEventListener("change", () => fill(true));
  find("#outlines").addEventListener("change", (event) => find("#explorer").classList.toggle("hide-outlines", !event.target.checked));
  all("#particles-table th button").forEach((button, column) => button.addEventListener("click", () => sortBy(column)));

  document.body.classList.add("scripted");
  showImage(0);
  fill(true);
})();
