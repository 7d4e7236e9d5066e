  // The data of the page: an index that is read at once, and blocks of details that are read when one is shown.
  const { index, chunk, pictures: pictureChunk, mode } = JSON.parse(document.getElementById("index").textContent);
  const { samples, results } = index;
  const MOST_BLOCKS = 32;
  const blocks = new Map();

  function readItem(name, number, size) {
    const id = `${name}-${Math.floor(number / size)}`;
    const block = blocks.get(id) || JSON.parse(document.getElementById(id).textContent);
    blocks.delete(id); // the blocks that were read last are kept
    blocks.set(id, block);
    if (blocks.size > MOST_BLOCKS) blocks.delete(blocks.keys().next().value);
    return block[number % size];
  }

  // What the page shows of an image: a picture, the reason why it is not shown, or null where there is none.
  function imageOf(slot) {
    if (slot === undefined || slot === null) return null;
    if (Array.isArray(slot)) return { reason: slot[0], digest: slot[1] };
    const [source, width, height, fullWidth, fullHeight, isExact, digest] = readItem("pictures", slot, pictureChunk);
    return { source, width, height, fullWidth, fullHeight, isExact, digest };
  }

  // Everything that is known of the result of a number, its sample's facts too.
  function resultOf(number) {
    const place = results.sample[number];
    const task = samples.task[place];
    return {
      number,
      place,
      id: samples.id[place],
      task: index.tasks[task],
      format: index.formats[task],
      modality: index.modalities[samples.modality[place]],
      subtask: samples.subtask[place],
      model: index.models[results.model[number]],
      repeat: results.repeat[number],
      outcome: index.outcomes[results.outcome[number]],
      flags: index.flags.filter((_, bit) => results.flags[number] & (1 << bit)),
      detail: readItem("results", number, chunk),
      sample: readItem("samples", place, chunk),
    };
  }

  function labelOf(number) {
    const repeat = index.repeated ? ` (repeat ${results.repeat[number]})` : "";
    return `${index.models[results.model[number]]}${repeat}`;
  }

  // The numbers of all results of each sample, by model and repeat.
  const bySample = samples.id.map(() => []);
  results.sample.forEach((place, number) => bySample[place].push(number));
  for (const numbers of bySample) {
    numbers.sort((one, two) => results.model[one] - results.model[two] || results.repeat[one] - results.repeat[two]);
  }

  // A score as the data holds it: a number, a text of what is not finite, or null.
  function numberOf(value) {
    if (value === null || value === "nan") return null;
    return typeof value === "number" ? value : { inf: Infinity, "-inf": -Infinity }[value];
  }

  function scoreOf(metric, number) {
    return numberOf(results.scores[metric][number]);
  }

  function scoreText(metric, number) {
    const value = scoreOf(metric, number);
    if (value === null) return "unscored";
    return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : results.scores[metric][number];
  }
