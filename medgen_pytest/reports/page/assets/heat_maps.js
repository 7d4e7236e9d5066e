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
