  // An opened flip: the results of both sides, beside each other and laid on each other.
  const { flips, comparisons, sides } = index;
  const SIDES = ["first", "second"];

  // Everything that is known of the flip of a number; of repeats, the results of one of either side.
  function flipOf(number, repeats = [0, 0]) {
    const numbers = SIDES.map((side, which) => flips[side][number][repeats[which]]);
    const [first, second] = numbers.map(resultOf);
    return {
      number,
      repeats,
      results: [first, second],
      named: numbers.map((one) => sides[results.model[one]].letter),
      baselines: numbers.map((one) => sides[results.model[one]].baseline),
      told: [flips.before[number], flips.after[number]],
      comparison: comparisons[flips.comparison[number]],
      isLost: flips.change[number] < 0,
      sample: first.sample,
      id: first.id,
      task: first.task,
      format: first.format,
      modality: first.modality,
      subtask: first.subtask,
    };
  }

  function openItem(number, repeats) {
    const flip = flipOf(number, repeats);
    showItem(number, flip.id, pairParts(flip), addressOf(number));
  }

  function addressOf(number) {
    return `${comparisons[flips.comparison[number]]}|${samples.id[flips.sample[number]]}`;
  }

  // The flip that the address of the page names, if any.
  function openAddressed() {
    const address = addressed();
    const number = flips.sample.findIndex((_, one) => addressOf(one) === address);
    if (number >= 0) openItem(number);
  }

  function pairParts(flip) {
    const { sample } = flip;
    return [
      pairFacts(flip),
      part("Instruction", textOf(sample.instruction), choicesOf(sample)),
      pairImages(flip),
      pairTexts(flip),
      pairScores(flip),
      make("div", { css: "two" }, ...[0, 1].map((which) => sidePart(flip, which))),
    ].filter((element) => element !== null);
  }

  function changeBadge(isLost) {
    const symbol = make("span", { css: "symbol", text: isLost ? "\u25bc" : "\u25b2", attributes: { "aria-hidden": "true" } });
    return make("span", { css: `badge ${isLost ? "lost" : "won"}` }, symbol, isLost ? " lost" : " won");
  }

  function becameText({ told }) {
    return `${told[0]} \u2192 ${told[1]}`;
  }

  function pairFacts(flip) {
    const facts = [flip.comparison, flip.task, flip.modality, ...(flip.subtask ? [flip.subtask] : [])];
    const lines = [make("p", { css: "quiet", text: facts.join(", ") }), make("p", {}, changeBadge(flip.isLost), ` ${becameText(flip)}`)];
    if (flip.sample.problem) lines.push(make("p", { css: "problem", text: flip.sample.problem }));
    return make("div", { css: "facts-of-result" }, ...lines);
  }

  function outputName(flip, which) {
    return `output of ${flip.named[which]}`;
  }

  function pairImages(flip) {
    const { sample } = flip;
    const inputs = (sample.inputs || []).map(imageOf);
    const named = inputs.map((image, place) => ({ image, name: inputs.length === 1 ? "input" : `input ${place + 1}` }));
    const reference = { image: imageOf(sample.target), name: "reference" };
    const outputs = [0, 1].map((which) => ({ image: outputImage(flip, which), name: outputName(flip, which) }));
    const figures = [...named, reference, ...outputs].map(({ image, name }) => figure(image, name)).filter((element) => element !== null);
    const laid = compareImages(imagePairs(outputs, [reference, ...named]), "Compare");
    if (!figures.length) return null;
    return part("Images", laid ? laid.tools : null, make("div", { css: "figures pair-figures" }, ...figures, laid ? laid.figure : null));
  }

  // The image of an output; of a baseline, which keeps none, why there is none where the sample wants one.
  function outputImage(flip, which) {
    if (flip.baselines[which]) return flip.format === "vqa" ? null : { reason: "a baseline keeps no outputs" };
    return imageOf(flip.results[which].detail.image);
  }

  // Both outputs on each other at the size of the reference, then either of them on the reference and the inputs.
  function imagePairs([first, second], [reference, ...inputs]) {
    const isShown = ({ image }) => Boolean(image && image.source);
    const at = isShown(reference) ? reference : first;
    const others = [reference, ...inputs];
    const single = [first, second].flatMap((over) => others.map((under) => ({ over, under, at: under })));
    return [{ over: second, under: first, at }, ...single]
      .filter(({ over, under }) => isShown(over) && isShown(under))
      .map((pair) => ({ ...pair, text: `${pair.over.name} and ${pair.under.name}` }));
  }

  function pairTexts(flip) {
    const reference = flip.sample.reference;
    const texts = flip.results.map(({ detail }) => detail.text);
    if (flip.format === "image_editing" && !reference && !texts.some(Boolean)) return null;
    const own = [0, 1].map((which) => part(`Text of ${flip.named[which]}`, flip.baselines[which] ? make("p", { css: "none", text: "A baseline keeps no outputs." }) : textOf(texts[which])));
    const named = [["the reference", reference], [flip.named[0], texts[0]], [flip.named[1], texts[1]]];
    const marked = [[1, 2], [0, 1], [0, 2]].map(([one, two]) => markedPart(named[one], named[two])).filter((element) => element !== null);
    return make("div", { css: "texts pair-texts" }, part("Reference text", textOf(reference)), ...own, ...marked);
  }

  function markedPart([one, first], [two, second]) {
    if (!first || !second) return null;
    const key = make("p", { css: "hint" }, make("del", { text: `only in ${one}` }), " ", make("ins", { text: `only in ${two}` }));
    return part(`From ${one} to ${two}`, key, differences(first, second));
  }

  function pairScores(flip) {
    const details = flip.results.map(({ detail }) => new Map((detail.scores || []).map((score) => [score[0], score])));
    const measured = index.metrics.map((_, metric) => metric).filter((metric) => details.some((scores) => scores.has(metric)));
    if (!measured.length) return null;
    const rows = measured.map((metric) => [
      metricText(index.metrics[metric]),
      ...flip.results.flatMap(({ number }, which) => scoreCells(metric, number, details[which].get(metric))),
      changeCell(metric, flip.results),
      noteText(flip, details.map((scores) => scores.get(metric))),
    ]);
    const headings = flip.named.flatMap((letter) => [letter, `${letter} outcome`]);
    return table("Scores of both", ["metric", ...headings, "change", "to be known"], rows);
  }

  function scoreCells(metric, number, score) {
    if (!score) return ["not measured", ""];
    return [scoreText(metric, number), score[1] ? badge(score[1]) : "no threshold"];
  }

  // The second less the first, and which way that is.
  function changeCell(metric, [first, second]) {
    const change = differenceOf(metric, scoreOf(metric, first.number), scoreOf(metric, second.number));
    if (change === null) return "-";
    if (change === 0) return "0";
    const isBetter = change > 0 === (index.metrics[metric].direction === "higher");
    const text = Number.isFinite(change) ? String(Number(change.toPrecision(4))) : change > 0 ? "inf" : "-inf";
    return make("span", { css: isBetter ? "better" : "worse", text: `${change > 0 ? "+" : ""}${text} ${isBetter ? "better" : "worse"}` });
  }

  function differenceOf(metric, first, second) {
    if (first === null || second === null) return null;
    return first === second ? 0 : second - first;
  }

  function noteText(flip, scores) {
    return scores
      .flatMap((score, which) => (score ? [score[2], ...score[3]].filter(Boolean).map((note) => `${flip.named[which]}: ${note}`) : []))
      .join("; ");
  }

  // One side by itself: its verdict with the reason, judgements, stages, what it took.
  function sidePart(flip, which) {
    const result = flip.results[which];
    const { detail } = result;
    const parts = [
      make("h3", { text: labelOf(result.number) }),
      repeatChoice(flip, which),
      make("p", {}, badge(result.outcome), ...result.flags.map((flag) => make("span", { css: "flag", text: flag }))),
      detail.reason ? make("p", { css: "reason", text: detail.reason }) : null,
      detail.finish ? make("p", { css: "quiet", text: `the endpoint ended the reply with: ${detail.finish}` }) : null,
      flip.baselines[which] ? make("p", { css: "none", text: "A baseline keeps outcomes and scores, but no outputs and no judgements." }) : null,
      ...(detail.judgements || []).map(judgementOf),
      ...(detail.stages || []).map(stageOf),
      detail.raw === undefined ? null : folded("The reply as it came", textOf(detail.raw)),
      detail.reasoning === undefined ? null : folded("What the model thought aloud", textOf(detail.reasoning)),
      tookOf("What it took", detail.took, detail.finished),
    ];
    return make("section", { css: `side ${result.outcome}` }, ...parts);
  }

  // Which repeat of a side is shown, where there are several.
  function repeatChoice(flip, which) {
    const numbers = flips[SIDES[which]][flip.number];
    if (numbers.length < 2) return null;
    const select = make("select", { attributes: { id: `repeat-${which}` } });
    numbers.forEach((number, place) => option(select, `repeat ${results.repeat[number]}: ${index.outcomes[results.outcome[number]]}`, String(place)));
    select.value = String(flip.repeats[which]);
    select.addEventListener("change", () => {
      const repeats = flip.repeats.slice();
      repeats[which] = Number(select.value);
      openItem(flip.number, repeats);
      get(select.id).focus();
    });
    return make("p", { css: "field" }, label(select, `Shown of ${flip.named[which]}`), select);
  }
