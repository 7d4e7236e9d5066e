  // Parts of an opened sample: texts, judgements, stages, what an answer took.
  function part(title, ...children) {
    return make("section", { css: "part" }, make("h3", { text: title }), ...children);
  }

  function textOf(text) {
    return text ? make("p", { css: "text", text }) : make("p", { css: "none", text: "No text." });
  }

  function choicesOf({ choices }) {
    return choices ? make("ul", {}, ...choices.map((choice) => make("li", { text: choice }))) : null;
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
