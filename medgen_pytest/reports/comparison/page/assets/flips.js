  // The gallery: every sample that flipped as a card, with the outputs of both sides.
  const NOUN = "flip";
  const NEAR = 1; // pictures of this many inputs are shown on a card
  const everything = flips.sample.map((_, number) => number);
  const controls = Object.fromEntries(["order", "change", "comparison", "task", "modality", "id"].map((name) => [name, get(`by-${name}`)]));

  function fillControls() {
    const ofSample = (column) => flips.sample.map((place) => samples[column][place]);
    const orders = [["lost first", "lost"], ["won first", "won"], ["sample id", "id"]];
    for (const [text, value] of orders) option(controls.order, text, value);
    index.metrics.forEach(({ name }, metric) => {
      if (flips.scores[metric].some(([first, second]) => first !== null && second !== null)) option(controls.order, `largest loss of ${name} first`, String(metric));
    });
    const kinds = flips.change.map((change) => (change < 0 ? 0 : 1));
    fillSelect(controls.change, ["lost", "won"], countOf(kinds, 2));
    fillSelect(controls.comparison, comparisons, countOf(flips.comparison, comparisons.length));
    fillSelect(controls.modality, index.modalities, countOf(ofSample("modality"), index.modalities.length));
    fillTasks(countOf(ofSample("task"), index.tasks.length));
  }

  function isWanted(number) {
    const place = flips.sample[number];
    const { change, comparison, task, modality, id } = controls;
    return (change.value === "" || (flips.change[number] < 0) === (change.value === "0"))
      && (comparison.value === "" || flips.comparison[number] === Number(comparison.value))
      && (modality.value === "" || samples.modality[place] === Number(modality.value))
      && isOfTask(place, task.value)
      && samples.id[place].includes(id.value.trim());
  }

  function ordered() {
    const order = controls.order.value;
    if (order === "lost") return everything;
    if (order === "won") return everything.slice().sort((one, two) => flips.change[two] - flips.change[one] || one - two);
    if (order === "id") return everything.slice().sort((one, two) => compareTexts(idOf(one), idOf(two)) || one - two);
    return byLoss(Number(order));
  }

  function idOf(number) {
    return samples.id[flips.sample[number]];
  }

  function compareTexts(one, two) {
    return one === two ? 0 : one < two ? -1 : 1;
  }

  // By how much worse the second side is under one metric; those without two scores last.
  function byLoss(metric) {
    const sign = index.metrics[metric].direction === "higher" ? 1 : -1;
    const changes = flips.scores[metric].map(([first, second]) => differenceOf(metric, numberOf(first), numberOf(second)));
    const known = everything.filter((number) => changes[number] !== null);
    const unknown = everything.filter((number) => changes[number] === null);
    known.sort((one, two) => (changes[one] === changes[two] ? one - two : sign * (changes[one] - changes[two])));
    return [...known, ...unknown];
  }

  function card(number) {
    const flip = flipOf(number);
    const open = make("button", { css: "open", text: flip.id, attributes: { type: "button", "data-result": String(number) } });
    const facts = [...(comparisons.length > 1 ? [flip.comparison] : []), flip.modality];
    const made = make(
      "article",
      { css: `card ${flip.isLost ? "lost" : "won"}` },
      make("h3", {}, open),
      make("p", { css: "quiet", text: facts.join(", ") }),
      make("p", {}, changeBadge(flip.isLost), ` ${becameText(flip)}`),
    );
    made.append(...cardScores(number), ...cardReason(flip), ...cardImages(flip), ...cardTexts(flip));
    made.addEventListener("click", () => openItem(number));
    return made;
  }

  // What the metrics with a threshold are on both sides.
  function cardScores(number) {
    const texts = index.metrics.flatMap(({ name, threshold }, metric) => {
      const [first, second] = flips.scores[metric][number];
      return threshold === null || first === null || second === null ? [] : [`${name} ${shortNumber(first)} \u2192 ${shortNumber(second)}`];
    });
    return texts.length ? [make("p", { css: "scores", text: texts.join(", ") })] : [];
  }

  function shortNumber(value) {
    return typeof value === "number" ? String(Number(value.toPrecision(4))) : value;
  }

  // Why the worse side is not accurate.
  function cardReason(flip) {
    const which = flip.isLost ? 1 : 0;
    const { reason } = flip.results[which].detail;
    return reason ? [make("p", { css: "reason", text: `${flip.named[which]}: ${shortened(reason, 160)}` })] : [];
  }

  function cardImages(flip) {
    const inputs = (flip.sample.inputs || []).slice(0, NEAR).map((slot) => ["input", imageOf(slot)]);
    const outputs = [0, 1].map((which) => [outputName(flip, which), outputImage(flip, which)]);
    const shown = [...inputs, ["reference", imageOf(flip.sample.target)], ...outputs].filter(([, image]) => image);
    return shown.some(([, image]) => image.source) ? [smallFigures(shown)] : [];
  }

  function cardTexts(flip) {
    return flip.results.flatMap(({ detail }, which) =>
      detail.text ? [make("p", { css: "text short" }, make("strong", { text: `${flip.named[which]}: ` }), shortened(detail.text, 160))] : [],
    );
  }

  document.documentElement.classList.add("js");
  choosePanels();
  sortTables();
  startDialog();
  if (everything.length) {
    fillControls();
    startListing();
    openAddressed();
  }
