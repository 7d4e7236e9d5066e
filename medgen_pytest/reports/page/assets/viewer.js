  // The viewer: one result with everything that is known of it.
  function openItem(number) {
    const result = resultOf(number);
    showModels(result);
    showItem(number, result.id, viewerParts(result), `${result.id}|${labelOf(number)}`);
  }

  // The result that the address of the page names, if any.
  function openAddressed() {
    const address = addressed();
    const number = results.sample.findIndex((place, one) => `${samples.id[place]}|${labelOf(one)}` === address);
    if (number >= 0) openItem(number);
  }

  function showModels(result) {
    const select = get("viewer-model");
    select.replaceChildren();
    for (const number of bySample[result.place]) {
      option(select, `${labelOf(number)}: ${index.outcomes[results.outcome[number]]}`, String(number));
    }
    select.value = String(result.number);
  }

  function viewerParts(result) {
    const { detail, sample } = result;
    const reference = imageOf(sample.target);
    const output = imageOf(detail.image);
    const inputs = (sample.inputs || []).map(imageOf);
    return [
      viewerFacts(result),
      part("Instruction", textOf(sample.instruction), choicesOf(sample)),
      viewerImages(inputs, reference, output),
      viewerTexts(result),
      scoreTable(result),
      ...(detail.judgements || []).map(judgementOf),
      ...(detail.stages || []).map(stageOf),
      detail.raw === undefined ? null : folded("The reply as it came", textOf(detail.raw)),
      detail.reasoning === undefined ? null : folded("What the model thought aloud", textOf(detail.reasoning)),
      tookOf("What it took", detail.took, detail.finished),
    ].filter((element) => element !== null);
  }

  function viewerFacts({ outcome, model, repeat, task, modality, subtask, flags, detail, sample }) {
    const facts = [model, ...(index.repeated ? [`repeat ${repeat}`] : []), task, modality, ...(subtask ? [subtask] : [])];
    const lines = [make("p", { css: "quiet", text: facts.join(", ") }), make("p", {}, badge(outcome))];
    if (detail.reason) lines.push(make("p", { css: "reason", text: detail.reason }));
    if (flags.length) lines.push(make("p", { css: "flags" }, ...flags.map((flag) => make("span", { css: "flag", text: flag }))));
    if (detail.finish) lines.push(make("p", { css: "quiet", text: `the endpoint ended the reply with: ${detail.finish}` }));
    if (sample.problem) lines.push(make("p", { css: "problem", text: sample.problem }));
    return make("div", { css: "facts-of-result" }, ...lines);
  }

  function viewerImages(inputs, reference, output) {
    const named = inputs.map((image, place) => ({ image, name: inputs.length === 1 ? "input" : `input ${place + 1}` }));
    const others = [...(reference ? [{ image: reference, name: "reference" }] : []), ...named].filter(({ image }) => image.source);
    const figures = [
      ...named.map(({ image, name }) => figure(image, name)),
      figure(reference, "reference"),
      figure(output, "output"),
    ].filter((element) => element !== null);
    const over = { image: output, name: "output" };
    const pairs = output && output.source ? others.map((under) => ({ over, under, text: under.name })) : [];
    const laid = compareImages(pairs, "Output and");
    if (!figures.length) return null;
    return part("Images", laid ? laid.tools : null, make("div", { css: "figures" }, ...figures, laid ? laid.figure : null));
  }

  function viewerTexts({ format, detail, sample }) {
    if (format === "image_editing" && !detail.text && !sample.reference) return null;
    const both = [part("Reference text", textOf(sample.reference)), part("Output text", textOf(detail.text))];
    const marked = sample.reference && detail.text
      ? part("From the reference to the output", make("p", { css: "hint" }, make("del", { text: "only in the reference" }), " ", make("ins", { text: "only in the output" })), differences(sample.reference, detail.text))
      : null;
    return make("div", { css: "texts" }, ...both, marked);
  }

  function scoreTable({ number, detail }) {
    if (!detail.scores || !detail.scores.length) return null;
    const rows = detail.scores.map(([metric, outcome, reason, notes]) => [
      metricText(index.metrics[metric]),
      scoreText(metric, number),
      outcome ? badge(outcome) : "no threshold",
      [reason, ...notes].filter(Boolean).join("; "),
    ]);
    return table("Scores", ["metric", "score", "outcome", "to be known"], rows);
  }

  function nextModel() {
    const numbers = bySample[results.sample[current]];
    openItem(numbers[(numbers.indexOf(current) + 1) % numbers.length]);
  }

  function startViewer() {
    get("viewer-model").addEventListener("change", (event) => openItem(Number(event.target.value)));
    startDialog({ m: nextModel });
  }
