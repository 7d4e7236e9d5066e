  // The list: filters, an order, and pages of cards. What an item is, a page says itself: `NOUN`, `everything`,
  // `controls`, `ordered`, `isWanted`, `card` and `openItem`.
  const ON_A_PAGE = 24;
  let pageNumber = 0;

  // How often each value of a column stands in it.
  function countOf(column, size) {
    const counts = new Array(size).fill(0);
    for (const value of column) counts[value] += 1;
    return counts;
  }

  function fillSelect(select, names, counts) {
    option(select, "all", "");
    names.forEach((name, place) => {
      if (counts[place]) option(select, `${name} (${counts[place]})`, String(place));
    });
  }

  function fillTasks(counts) {
    option(controls.task, "all", "");
    for (const format of new Set(index.formats)) {
      const own = index.tasks.map((_, task) => task).filter((task) => index.formats[task] === format && counts[task]);
      if (!own.length) continue;
      option(controls.task, `${format} (${own.reduce((sum, task) => sum + counts[task], 0)})`, `format:${format}`);
      for (const task of own) option(controls.task, `\u00a0\u00a0${index.tasks[task]} (${counts[task]})`, String(task));
    }
  }

  function refresh() {
    listed = ordered().filter(isWanted);
    pageNumber = 0;
    const whole = everything.length;
    get("found").textContent = listed.length ? `${listed.length} of ${whole} ${NOUN}s` : `None of ${whole} ${NOUN}s is like this.`;
    showPage();
  }

  function showPage() {
    const pages = Math.max(1, Math.ceil(listed.length / ON_A_PAGE));
    const start = pageNumber * ON_A_PAGE;
    get("cards").replaceChildren(...listed.slice(start, start + ON_A_PAGE).map(card));
    get("page-number").textContent = `page ${pageNumber + 1} of ${pages}`;
    get("previous-page").disabled = pageNumber === 0;
    get("next-page").disabled = pageNumber >= pages - 1;
  }

  function turnPage(by) {
    pageNumber += by;
    showPage();
    get("gallery").scrollIntoView();
    get("cards").querySelector("button")?.focus({ preventScroll: true });
  }

  function shortened(text, most) {
    return text.length > most ? `${text.slice(0, most)}\u2026` : text;
  }

  // Back from the viewer: the focus goes to the card that was looked at last, if it is still on the page.
  function returnToCard(number) {
    const place = listed.indexOf(number);
    if (place >= 0 && Math.floor(place / ON_A_PAGE) !== pageNumber) {
      pageNumber = Math.floor(place / ON_A_PAGE);
      showPage();
    }
    get("cards").querySelector(`[data-result="${number}"]`)?.focus();
  }

  function isOfTask(place, wanted) {
    if (wanted.startsWith("format:")) return index.formats[samples.task[place]] === wanted.slice(7);
    return wanted === "" || samples.task[place] === Number(wanted);
  }

  function startListing() {
    controls.id.addEventListener("input", refresh);
    get("filters").addEventListener("change", (event) => event.target !== controls.id && refresh());
    get("filters").addEventListener("submit", (event) => event.preventDefault());
    get("filters").addEventListener("reset", () => window.setTimeout(refresh));
    get("previous-page").addEventListener("click", () => turnPage(-1));
    get("next-page").addEventListener("click", () => turnPage(1));
    refresh();
  }
