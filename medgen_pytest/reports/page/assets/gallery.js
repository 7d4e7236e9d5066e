  // The gallery: filters, an order, and pages of cards.
  const ON_A_PAGE = 24;
  const NEAR = 2; // pictures of this many inputs are shown on a card
  const everything = results.sample.map((_, number) => number);
  const controls = Object.fromEntries(["order", "outcome", "model", "task", "modality", "flag", "id"].map((name) => [name, get(`by-${name}`)]));
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

  function fillControls() {
    const ofSample = (column) => results.sample.map((place) => samples[column][place]);
    const orders = [["worst first", "worst"], [`by lot (seed ${viewer.dataset.seed})`, "drawn"], ["sample id", "id"]];
    for (const [text, value] of orders) option(controls.order, text, value);
    index.metrics.forEach(({ name }, metric) => option(controls.order, `worst ${name} first`, String(metric)));
    fillSelect(controls.outcome, index.outcomes, countOf(results.outcome, index.outcomes.length));
    fillSelect(controls.model, index.models, countOf(results.model, index.models.length));
    fillSelect(controls.modality, index.modalities, countOf(ofSample("modality"), index.modalities.length));
    fillTasks(countOf(ofSample("task"), index.tasks.length));
    fillSelect(controls.flag, index.flags, index.flags.map((_, bit) => results.flags.filter((flags) => flags & (1 << bit)).length));
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

  function isWanted(number) {
    const place = results.sample[number];
    const { outcome, model, task, modality, flag, id } = controls;
    const format = task.value.startsWith("format:") ? task.value.slice(7) : null;
    return (outcome.value === "" || results.outcome[number] === Number(outcome.value))
      && (model.value === "" || results.model[number] === Number(model.value))
      && (modality.value === "" || samples.modality[place] === Number(modality.value))
      && (task.value === "" || (format === null ? samples.task[place] === Number(task.value) : index.formats[samples.task[place]] === format))
      && (flag.value === "" || Boolean(results.flags[number] & (1 << Number(flag.value))))
      && samples.id[place].includes(id.value.trim());
  }

  function ordered() {
    const order = controls.order.value;
    if (order === "worst") return everything;
    if (order === "drawn") return index.drawn;
    if (order === "id") return bySample.map((numbers, place) => [samples.id[place], numbers]).sort(([one], [two]) => (one < two ? -1 : 1)).flatMap(([, numbers]) => numbers);
    return worstBy(Number(order));
  }

  // By one metric, those without a score last.
  function worstBy(metric) {
    const sign = index.metrics[metric].direction === "higher" ? 1 : -1;
    const known = everything.filter((number) => scoreOf(metric, number) !== null);
    const unknown = everything.filter((number) => scoreOf(metric, number) === null);
    known.sort((one, two) => {
      const [first, second] = [scoreOf(metric, one), scoreOf(metric, two)];
      return first === second ? one - two : sign * (first - second);
    });
    return [...known, ...unknown];
  }

  function refresh() {
    listed = ordered().filter(isWanted);
    pageNumber = 0;
    const whole = everything.length;
    get("found").textContent = listed.length ? `${listed.length} of ${whole} results` : `None of ${whole} results is like this.`;
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

  function card(number) {
    const result = resultOf(number);
    const open = make("button", { css: "open", text: result.id, attributes: { type: "button", "data-result": String(number) } });
    const facts = make("p", { css: "quiet", text: `${labelOf(number)}, ${result.modality}` });
    const made = make("article", { css: `card ${result.outcome}` }, make("h3", {}, open), facts, make("p", {}, badge(result.outcome), ...result.flags.map((flag) => make("span", { css: "flag", text: flag }))));
    if (result.detail.reason) made.append(make("p", { css: "reason", text: shortened(result.detail.reason, 160) }));
    made.append(...cardImages(result), ...cardText(result));
    made.addEventListener("click", () => openResult(number));
    return made;
  }

  function cardImages({ sample, detail }) {
    const inputs = (sample.inputs || []).slice(0, NEAR).map((slot) => ["input", imageOf(slot)]);
    const shown = [...inputs, ["reference", imageOf(sample.target)], ["output", imageOf(detail.image)]].filter(([, image]) => image);
    if (!shown.some(([, image]) => image.source)) {
      const [absent] = shown.filter(([name]) => name === "output");
      return absent && mode !== "none" ? [make("p", { css: "none", text: `output: ${absent[1].reason}` })] : [];
    }
    const figures = shown.map(([name, image]) =>
      make("figure", {}, image.source ? pictureElement(image, name) : make("p", { css: "none", text: image.reason }), make("figcaption", { text: name })),
    );
    return [make("div", { css: "small-figures" }, ...figures)];
  }

  function cardText({ detail }) {
    return detail.text ? [make("p", { css: "text short", text: shortened(detail.text, 240) })] : [];
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

  // Shows the samples of a cell of a heat map.
  function chooseCell({ model, task, modality }) {
    get("filters").reset();
    controls.model.value = model;
    controls.task.value = task === "" ? "" : String(index.tasks.indexOf(task));
    controls.modality.value = modality === "" ? "" : String(index.modalities.indexOf(modality));
    refresh();
    get("gallery").scrollIntoView();
    get("gallery").focus({ preventScroll: true });
  }

  function startGallery() {
    fillControls();
    controls.id.addEventListener("input", refresh);
    get("filters").addEventListener("change", (event) => event.target !== controls.id && refresh());
    get("filters").addEventListener("submit", (event) => event.preventDefault());
    get("filters").addEventListener("reset", () => window.setTimeout(refresh));
    get("previous-page").addEventListener("click", () => turnPage(-1));
    get("next-page").addEventListener("click", () => turnPage(1));
    refresh();
  }

  document.documentElement.classList.add("js");
  choosePanels();
  sortSlices();
  filterSlices();
  walkHeatMaps(chooseCell);
  startViewer();
  startGallery();
  openAddressed();
