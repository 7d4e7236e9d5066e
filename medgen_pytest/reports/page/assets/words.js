  // Differences of two texts, word by word.
  const MOST_CELLS = 4000000;

  // The parts of both texts in order: `same`, `gone` (of the first alone) or `new` (of the second alone).
  // Null where the texts are too long to be compared.
  function compareWords(first, second) {
    const one = first.match(/\S+\s*|\s+/g) || [];
    const two = second.match(/\S+\s*|\s+/g) || [];
    const same = (i, j) => one[i].trim() === two[j].trim();
    let start = 0;
    while (start < one.length && start < two.length && same(start, start)) start += 1;
    let end = 0;
    while (end < Math.min(one.length, two.length) - start && same(one.length - 1 - end, two.length - 1 - end)) end += 1;
    const rows = one.length - start - end;
    const columns = two.length - start - end;
    if ((rows + 1) * (columns + 1) > MOST_CELLS) return null;
    const lengths = commonLengths(rows, columns, (i, j) => same(start + i, start + j));
    const parts = [];
    const add = (kind, text) => {
      const last = parts[parts.length - 1];
      if (last && last.kind === kind) last.text += text;
      else parts.push({ kind, text });
    };
    for (let i = 0; i < start; i += 1) add("same", two[i]);
    let i = 0;
    let j = 0;
    while (i < rows || j < columns) {
      if (i < rows && j < columns && same(start + i, start + j)) {
        add("same", two[start + j]);
        i += 1;
        j += 1;
      } else if (j >= columns || (i < rows && lengths(i + 1, j) >= lengths(i, j + 1))) {
        add("gone", one[start + i]);
        i += 1;
      } else {
        add("new", two[start + j]);
        j += 1;
      }
    }
    for (let k = two.length - end; k < two.length; k += 1) add("same", two[k]);
    return parts;
  }

  // How many words the rests behind two places have in common, in the same order.
  function commonLengths(rows, columns, same) {
    const width = columns + 1;
    const cells = new Uint16Array((rows + 1) * width);
    for (let i = rows - 1; i >= 0; i -= 1) {
      for (let j = columns - 1; j >= 0; j -= 1) {
        cells[i * width + j] = same(i, j)
          ? cells[(i + 1) * width + j + 1] + 1
          : Math.max(cells[(i + 1) * width + j], cells[i * width + j + 1]);
      }
    }
    return (i, j) => cells[i * width + j];
  }

  function differences(reference, output) {
    const parts = compareWords(reference, output);
    if (parts === null) return make("p", { css: "none", text: "The texts are too long to be compared word by word." });
    const names = { same: "span", gone: "del", new: "ins" };
    return make("p", { css: "text" }, ...parts.map(({ kind, text }) => make(names[kind], { text })));
  }
