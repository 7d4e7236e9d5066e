  // Elements are made of texts and fixed attributes alone: nothing of the data is ever read as markup.
  const SYMBOLS = { accurate: "\u2713", inaccurate: "\u2717", invalid: "\u2298", error: "!", missing: "\u2026" };

  const get = (id) => document.getElementById(id);

  function make(name, { attributes = {}, css = "", text = "" } = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (css) element.className = css;
    if (text !== "") element.textContent = text;
    element.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return element;
  }

  function badge(outcome) {
    const symbol = make("span", { css: "symbol", text: SYMBOLS[outcome], attributes: { "aria-hidden": "true" } });
    return make("span", { css: `badge ${outcome}` }, symbol, ` ${outcome}`);
  }

  function table(caption, headings, rows) {
    const head = headings.map((heading) => make("th", { text: heading, attributes: { scope: "col" } }));
    const body = rows.map(([first, ...rest]) =>
      make("tr", {}, make("th", { attributes: { scope: "row" } }, first), ...rest.map((cell) => make("td", {}, cell))),
    );
    const made = make("table", {}, make("caption", { text: caption }), make("thead", {}, make("tr", {}, ...head)));
    made.append(make("tbody", {}, ...body));
    return make("div", { css: "scroll", attributes: { role: "region", tabindex: "0", "aria-label": caption } }, made);
  }

  function list(pairs, css) {
    const rows = pairs.map(([name, value]) => make("div", {}, make("dt", { text: name }), make("dd", { text: value })));
    return make("dl", { css }, ...rows);
  }

  function folded(title, ...children) {
    return make("details", {}, make("summary", { text: title }), ...children);
  }

  function option(select, text, value) {
    select.append(new Option(text, value));
  }

  // The name of a metric with its threshold, like `ssim >= 0.7`.
  function metricText({ name, direction, threshold }) {
    return threshold === null ? name : `${name} ${direction === "higher" ? ">=" : "<="} ${threshold}`;
  }
