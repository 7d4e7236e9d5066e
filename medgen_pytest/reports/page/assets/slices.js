  // The slices of the run, filtered.
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
