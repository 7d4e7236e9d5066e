  // The gallery: every result of the run as a card.
  const NOUN = "result";
  const NEAR = 2; // pictures of this many inputs are shown on a card
  const everything = results.sample.map((_, number) => number);
  const controls = Object.fromEntries(["order", "outcome", "model", "task", "modality", "flag", "id"].map((name) => [name, get(`by-${name}`)]));

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

  function isWanted(number) {
    const place = results.sample[number];
    const { outcome, model, task, modality, flag, id } = controls;
    return (outcome.value === "" || results.outcome[number] === Number(outcome.value))
      && (model.value === "" || results.model[number] === Number(model.value))
      && (modality.value === "" || samples.modality[place] === Number(modality.value))
      && isOfTask(place, task.value)
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

  function card(number) {
    const result = resultOf(number);
    const open = make("button", { css: "open", text: result.id, attributes: { type: "button", "data-result": String(number) } });
    const facts = make("p", { css: "quiet", text: `${labelOf(number)}, ${result.modality}` });
    const made = make("article", { css: `card ${result.outcome}` }, make("h3", {}, open), facts, make("p", {}, badge(result.outcome), ...result.flags.map((flag) => make("span", { css: "flag", text: flag }))));
    if (result.detail.reason) made.append(make("p", { css: "reason", text: shortened(result.detail.reason, 160) }));
    made.append(...cardImages(result), ...cardText(result));
    made.addEventListener("click", () => openItem(number));
    return made;
  }

  function cardImages({ sample, detail }) {
    const inputs = (sample.inputs || []).slice(0, NEAR).map((slot) => ["input", imageOf(slot)]);
    const shown = [...inputs, ["reference", imageOf(sample.target)], ["output", imageOf(detail.image)]].filter(([, image]) => image);
    if (!shown.some(([, image]) => image.source)) {
      const [absent] = shown.filter(([name]) => name === "output");
      return absent && mode !== "none" ? [make("p", { css: "none", text: `output: ${absent[1].reason}` })] : [];
    }
    return [smallFigures(shown)];
  }

  function cardText({ detail }) {
    return detail.text ? [make("p", { css: "text short", text: shortened(detail.text, 240) })] : [];
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

  document.documentElement.classList.add("js");
  choosePanels();
  sortTables();
  filterSlices();
  walkHeatMaps(chooseCell);
  startViewer();
  fillControls();
  startListing();
  openAddressed();
