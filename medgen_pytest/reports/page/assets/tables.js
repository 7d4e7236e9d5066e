  // Tables that are there without any script: panels to choose from, slices to sort and filter, cells to walk through.
  function choosePanels() {
    for (const select of document.querySelectorAll("[data-panels]")) {
      const panels = document.querySelectorAll(`[data-panel="${select.dataset.panels}"]`);
      const show = () => panels.forEach((panel) => { panel.hidden = panel.dataset.value !== select.value; });
      select.addEventListener("change", show);
      show();
    }
  }

  function sortSlices() {
    const slices = get("slice-table");
    const heads = Array.from(slices.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const button = make("button", { text: head.textContent, attributes: { type: "button" } });
      head.replaceChildren(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const isRising = head.getAttribute("aria-sort") !== "ascending";
        for (const other of heads) other.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", isRising ? "ascending" : "descending");
        sortRows(slices.tBodies[0], column, isRising ? 1 : -1);
      });
    });
  }

  // Numbers by their value and texts by theirs; what has no number comes last, whatever the direction.
  function sortRows(body, column, sign) {
    const rows = Array.from(body.rows, (row) => {
      const cell = row.cells[column];
      const isNumber = cell.classList.contains("number");
      return { row, isNumber, key: isNumber ? Number.parseFloat(cell.dataset.order) : cell.textContent.trim() };
    });
    rows.sort((one, two) => {
      if (!one.isNumber) return sign * one.key.localeCompare(two.key);
      if (Number.isNaN(one.key) || Number.isNaN(two.key)) return Number.isNaN(one.key) - Number.isNaN(two.key);
      return sign * (one.key - two.key);
    });
    body.append(...rows.map(({ row }) => row));
  }

  function filterSlices() {
    const [level, model, text] = ["slice-level", "slice-model", "slice-text"].map(get);
    const rows = Array.from(get("slice-table").tBodies[0].rows);
    const show = () => {
      const name = model.value === "" ? "" : model.selectedOptions[0].textContent;
      const wanted = text.value.trim().toLowerCase();
      let count = 0;
      for (const row of rows) {
        const isShown = (level.value === "" || row.dataset.level === level.value)
          && (name === "" || row.cells[0].textContent === name)
          && row.textContent.toLowerCase().includes(wanted);
        row.hidden = !isShown;
        count += isShown;
      }
      get("slice-count").textContent = `${count} of ${rows.length} slices`;
    };
    for (const control of [level, model, text]) control.addEventListener("input", show);
    show();
  }

  // A heat map is one stop of the Tab key; arrows go from cell to cell.
  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  function walkHeatMaps(choose) {
    for (const heat of document.querySelectorAll("table.heat")) {
      const links = Array.from(heat.querySelectorAll("a"));
      links.forEach((link, place) => { link.tabIndex = place === 0 ? 0 : -1; });
      heat.addEventListener("keydown", (event) => {
        if (!(event.key in ARROWS) || event.target.localName !== "a") return;
        event.preventDefault();
        const next = neighbour(heat, event.target.closest("td"), ARROWS[event.key]);
        if (!next) return;
        event.target.tabIndex = -1;
        next.tabIndex = 0;
        next.focus();
      });
      heat.addEventListener("click", (event) => {
        const link = event.target.closest("td")?.querySelector("a");
        if (!link) return;
        event.preventDefault();
        choose(link.dataset);
      });
    }
  }

  // The next cell in a direction that has samples.
  function neighbour(heat, cell, [down, right]) {
    let row = cell.parentElement.rowIndex + down;
    let column = cell.cellIndex + right;
    while (heat.rows[row]?.cells[column]?.localName === "td") {
      const link = heat.rows[row].cells[column].querySelector("a");
      if (link) return link;
      row += down;
      column += right;
    }
    return null;
  }
