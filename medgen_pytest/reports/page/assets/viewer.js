  // The viewer: one result with everything that is known of it.
  const viewer = get("viewer");
  let listed = []; // the numbers of the results that the list shows, in its order
  let current = -1;
  let compared = null;

  function openResult(number) {
    current = number;
    if (compared) stopFlicker(compared);
    const result = resultOf(number);
    get("viewer-title").textContent = result.id;
    showModels(result);
    const place = listed.indexOf(number);
    get("viewer-previous").disabled = place <= 0;
    get("viewer-next").disabled = place < 0 || place === listed.length - 1;
    get("viewer-body").replaceChildren(...viewerParts(result));
    if (!viewer.open) viewer.showModal();
    viewer.scrollTop = 0;
    get("viewer-title").focus();
    keepAddress(`#${encodeURIComponent(`${result.id}|${labelOf(number)}`)}`);
  }

  function keepAddress(address) {
    try {
      window.history.replaceState(null, "", address);
    } catch {
      // a browser that keeps no address for files: only the link to this sample is lost
    }
  }

  // The result that the address of the page names, if any.
  function openAddressed() {
    let address = "";
    try {
      address = decodeURIComponent(window.location.hash.slice(1));
    } catch {
      return; // no address of this page
    }
    const number = results.sample.findIndex((place, one) => `${samples.id[place]}|${labelOf(one)}` === address);
    if (number >= 0) openResult(number);
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

  function part(title, ...children) {
    return make("section", { css: "part" }, make("h3", { text: title }), ...children);
  }

  function textOf(text) {
    return text ? make("p", { css: "text", text }) : make("p", { css: "none", text: "No text." });
  }

  function choicesOf({ choices }) {
    return choices ? make("ul", {}, ...choices.map((choice) => make("li", { text: choice }))) : null;
  }

  function viewerImages(inputs, reference, output) {
    if (compared) stopFlicker(compared);
    compared = null;
    const named = inputs.map((image, place) => ({ image, name: inputs.length === 1 ? "input" : `input ${place + 1}` }));
    const others = [...(reference ? [{ image: reference, name: "reference" }] : []), ...named].filter(({ image }) => image.source);
    const figures = [
      ...named.map(({ image, name }) => figure(image, name)),
      figure(reference, "reference"),
      figure(output, "output"),
    ].filter((element) => element !== null);
    if (!figures.length) return null;
    if (output && output.source && others.length) compared = comparison(output, others);
    return part("Images", compared ? compared.tools : null, make("div", { css: "figures" }, ...figures, compared ? compared.figure : null));
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

  function judgementOf(judgement) {
    const times = judgement.replicate ? `, replicate ${judgement.replicate}` : "";
    const rows = (judgement.dimensions || []).map(([name, value]) => [index.dimensions[name] || name, String(value)]);
    const remarks = [
      ...(judgement.swapped ? ["the output was shown before the reference"] : []),
      ...(judgement.repaired ? ["the reply could be read only after a second request"] : []),
      ...(judgement.steering || []).map((kind) => `the output may steer the judge: ${kind}`),
      ...(judgement.notes || []),
    ];
    return part(
      `Judge ${judgement.judge}, ${judgement.tier}${times}`,
      make("p", {}, make("strong", { text: judgement.overall === undefined ? "no judgement" : `overall ${judgement.overall}` })),
      judgement.reason ? make("p", { css: "reason", text: judgement.reason }) : null,
      rows.length ? list(rows, "dimensions") : null,
      judgement.analysis ? textOf(judgement.analysis) : null,
      remarks.length ? make("ul", { css: "remarks" }, ...remarks.map((text) => make("li", { text }))) : null,
      judgement.raw ? folded("The reply as it came", textOf(judgement.raw)) : null,
      tookOf("What it took", judgement.took),
    );
  }

  function stageOf(stage) {
    return folded(
      `Stage: ${stage.name}${stage.problem ? " (failed)" : ""}`,
      stage.problem ? make("p", { css: "reason", text: stage.problem }) : null,
      stage.prompt ? part("Asked", textOf(stage.prompt)) : null,
      stage.text ? part("Answered", textOf(stage.text)) : null,
      tookOf("What it took", stage.took),
    );
  }

  function tookOf(title, took, finished) {
    const pairs = Object.entries(took || {}).map(([name, value]) => [name, String(value)]);
    if (finished) pairs.push(["finished", finished]);
    return pairs.length ? folded(title, list(pairs, "facts")) : null;
  }

  function step(by) {
    const next = listed[listed.indexOf(current) + by];
    if (next !== undefined) openResult(next);
  }

  function nextModel() {
    const numbers = bySample[results.sample[current]];
    openResult(numbers[(numbers.indexOf(current) + 1) % numbers.length]);
  }

  function viewerKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("select, input, textarea")) return;
    const acts = {
      ArrowLeft: () => step(-1),
      ArrowRight: () => step(1),
      f: () => compared && toggleFlicker(compared),
      d: () => compared && showDifference(compared),
      m: nextModel,
    };
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  function startViewer() {
    get("viewer-previous").addEventListener("click", () => step(-1));
    get("viewer-next").addEventListener("click", () => step(1));
    get("viewer-close").addEventListener("click", () => viewer.close());
    get("viewer-model").addEventListener("change", (event) => openResult(Number(event.target.value)));
    viewer.addEventListener("keydown", viewerKey);
    viewer.addEventListener("close", () => {
      if (compared) stopFlicker(compared);
      get("viewer-body").replaceChildren();
      keepAddress("#gallery");
      returnToCard(current);
    });
  }
