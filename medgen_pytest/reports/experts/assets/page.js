
"use strict";
(() => {
  const KIND = "medgen-expert-labels";
  const VERSION = 1;
  const page = document.body.dataset;
  const samples = Array.from(document.querySelectorAll(".sample"));
  const byId = new Map(samples.map((sample) => [sample.dataset.id, sample]));
  const place = `${KIND}-${page.export}`;
  const get = (id) => document.getElementById(id);
  let current = 0;
  let unsaved = false;
  let isKept = false;

  function tell(text, isProblem) {
    get("message").textContent = text;
    get("message").classList.toggle("problem", Boolean(isProblem));
  }

  function fieldsOf(sample) {
    const fields = new Map();
    for (const control of sample.querySelectorAll("[data-field]")) {
      const name = control.dataset.field;
      fields.set(name, [...(fields.get(name) || []), control]);
    }
    return fields;
  }

  function valueOf(controls) {
    if (controls[0].type === "radio") {
      const chosen = controls.find((control) => control.checked);
      return chosen ? chosen.value : "";
    }
    return controls[0].value;
  }

  function isAllowed(controls, text) {
    const [control] = controls;
    if (text === "" || control.type === "textarea") return true;
    if (control.type === "radio") return controls.some((other) => other.value === text);
    const number = Number(text);
    return number >= Number(page.low) && number <= Number(page.high);
  }

  function setValue(controls, text) {
    if (controls[0].type === "radio") {
      for (const control of controls) control.checked = control.value === text;
    } else {
      controls[0].value = text;
    }
  }

  // The marks of one sample; null where nothing is filled in.
  function read(sample) {
    const label = { id: sample.dataset.id, overall: null, scores: {}, comment: "" };
    let isEmpty = true;
    for (const [name, controls] of fieldsOf(sample)) {
      const text = valueOf(controls);
      if (text === "" || !isAllowed(controls, text)) continue;
      isEmpty = false;
      if (name === "comment") label.comment = text;
      else if (name === "overall") label.overall = Number(text);
      else label.scores[name] = Number(text);
    }
    return isEmpty ? null : label;
  }

  function collect() {
    return {
      schema_version: VERSION,
      kind: KIND,
      export: page.export,
      expert: get("expert").value.trim(),
      labels: samples.map(read).filter((label) => label !== null),
    };
  }

  // What a file says of one sample, as texts by field. Throws an Error that says what is wrong.
  function textsOf(label) {
    if (label === null || typeof label !== "object" || !byId.has(label.id)) throw new Error("it speaks of another sample");
    const texts = new Map([["comment", typeof label.comment === "string" ? label.comment : ""]]);
    for (const [name, value] of [["overall", label.overall], ...Object.entries(label.scores || {})]) {
      if (value === null || value === undefined) continue;
      if (typeof value !== "number") throw new Error(`${label.id}: ${name} is no number`);
      texts.set(name, String(value));
    }
    const fields = fieldsOf(byId.get(label.id));
    for (const [name, text] of texts) {
      if (!fields.has(name)) throw new Error(`${label.id}: ${name} is not asked`);
      if (!isAllowed(fields.get(name), text)) throw new Error(`${label.id}: ${name} is not on the scale`);
    }
    return texts;
  }

  // Takes a document's marks in place of all others, or, when anything in it is wrong, none of them.
  function restore(saved) {
    if (saved === null || typeof saved !== "object" || saved.kind !== KIND || saved.schema_version !== VERSION) {
      throw new Error("it is no file that this page saved");
    }
    if (saved.export !== page.export) throw new Error("it belongs to another export");
    if (!Array.isArray(saved.labels)) throw new Error("it holds no marks");
    const found = new Map(saved.labels.map((label) => [label && label.id, textsOf(label)]));
    for (const sample of samples) {
      const texts = found.get(sample.dataset.id) || new Map();
      for (const [name, controls] of fieldsOf(sample)) setValue(controls, texts.get(name) || "");
    }
    get("expert").value = typeof saved.expert === "string" ? saved.expert.slice(0, 80) : "";
  }

  function keep() {
    try {
      localStorage.setItem(place, JSON.stringify({ ...collect(), current }));
      isKept = true;
    } catch {
      isKept = false; // no storage, or a full one: the page asks before it is left
    }
  }

  function recall() {
    try {
      const text = localStorage.getItem(place);
      if (text === null) return;
      const saved = JSON.parse(text);
      restore(saved);
      if (Number.isInteger(saved.current) && saved.current in samples) current = saved.current;
    } catch {
      // Without storage, or with what is no state of this page, it begins empty.
    }
  }

  function refresh() {
    const done = samples.map((sample) => valueOf(fieldsOf(sample).get("overall")) !== "");
    const count = done.filter(Boolean).length;
    get("done").value = count;
    get("count").textContent = `${count} of ${samples.length}`;
    Array.from(get("jump").options).forEach((option, index) => {
      option.textContent = done[index] ? `${index + 1} \u2713` : `${index + 1}`;
    });
    get("jump").value = String(current);
    get("previous").disabled = current === 0;
    get("next").disabled = current === samples.length - 1;
    samples.forEach((sample, index) => sample.classList.toggle("current", index === current));
  }

  function show(index) {
    if (!(index in samples)) return;
    current = index;
    refresh();
    keep();
    samples[current].querySelector("h2").focus({ preventScroll: true });
    window.scrollTo(0, document.querySelector(".steps").offsetTop);
  }

  function changed() {
    unsaved = true;
    refresh();
    keep();
  }

  function save() {
    const saved = { ...collect(), saved: new Date().toISOString() };
    if (saved.expert === "") {
      tell("Write your name or initials first, so that your marks can be told from those of others.", true);
      get("expert").focus();
      return;
    }
    const wrong = samples.findIndex((sample) =>
      Array.from(fieldsOf(sample).values()).some((controls) => !isAllowed(controls, valueOf(controls))),
    );
    if (wrong >= 0) {
      show(wrong);
      tell(`A mark of sample ${wrong + 1} is not on the scale from ${page.low} to ${page.high}.`, true);
      return;
    }
    const link = document.createElement("a");
    const address = URL.createObjectURL(new Blob([JSON.stringify(saved, null, 2), "\n"], { type: "application/json" }));
    link.href = address;
    link.download = `labels-${saved.expert.replace(/[^\p{L}\p{N}]+/gu, "-")}.json`;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
    unsaved = false;
    tell(`Saved as ${link.download}: ${get("count").textContent} judged.`);
  }

  async function load() {
    const [file] = get("file").files;
    if (!file) return;
    try {
      restore(JSON.parse(await file.text()));
      unsaved = false;
      refresh();
      keep();
      tell(`Loaded ${file.name}: ${get("count").textContent} judged.`);
    } catch (error) {
      tell(`${file.name} was not loaded: ${error.message}.`, true);
    }
    get("file").value = "";
  }

  function clear() {
    if (!window.confirm("Remove all marks from this page?")) return;
    restore({ schema_version: VERSION, kind: KIND, export: page.export, labels: [] });
    unsaved = false;
    show(0);
    tell("All marks are removed.");
  }

  function step(event) {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const by = { KeyN: 1, KeyP: -1 }[event.code];
    if (by === undefined) return;
    event.preventDefault();
    show(current + by);
  }

  samples.forEach((_, index) => get("jump").append(new Option(String(index + 1), String(index))));
  document.documentElement.classList.add("js");
  recall();
  refresh();
  get("expert").addEventListener("input", changed);
  get("samples").addEventListener("input", changed);
  get("previous").addEventListener("click", () => show(current - 1));
  get("next").addEventListener("click", () => show(current + 1));
  get("jump").addEventListener("change", (event) => show(Number(event.target.value)));
  get("save").addEventListener("click", save);
  get("load").addEventListener("click", () => get("file").click());
  get("file").addEventListener("change", load);
  get("clear").addEventListener("click", clear);
  document.addEventListener("keydown", step);
  window.addEventListener("beforeunload", (event) => {
    if (unsaved && !isKept) event.preventDefault();
  });
})();
