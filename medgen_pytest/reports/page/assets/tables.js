  // Tables that are there without any script: panels to choose from, rows to sort.
  function choosePanels() {
    for (const select of document.querySelectorAll("[data-panels]")) {
      const panels = document.querySelectorAll(`[data-panel="${select.dataset.panels}"]`);
      const show = () => panels.forEach((panel) => { panel.hidden = panel.dataset.value !== select.value; });
      select.addEventListener("change", show);
      show();
    }
  }

  function sortTables() {
    for (const sortable of document.querySelectorAll("table.sortable")) sortOne(sortable);
  }

  function sortOne(sortable) {
    const heads = Array.from(sortable.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const button = make("button", { text: head.textContent, attributes: { type: "button" } });
      head.replaceChildren(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const isRising = head.getAttribute("aria-sort") !== "ascending";
        for (const other of heads) other.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", isRising ? "ascending" : "descending");
        sortRows(sortable.tBodies[0], column, isRising ? 1 : -1);
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
