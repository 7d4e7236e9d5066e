  // Pictures of a sample: one beside the other, and two of them laid on each other at the same scale.
  const FLICKER_MS = 700; // below three changes a second, which nobody should be shown
  let chosenGain = "1";

  function sizeText(image) {
    const size = `${image.fullWidth} x ${image.fullHeight} pixels`;
    const isWhole = image.width === image.fullWidth && image.height === image.fullHeight;
    return isWhole ? size : `${size}, shown as ${image.width} x ${image.height}`;
  }

  function pictureElement(image, name) {
    const attributes = { src: image.source, width: image.width, height: image.height, alt: name };
    return make("img", { attributes: { ...attributes, loading: "lazy", decoding: "async" } });
  }

  function absentElement(image) {
    const digest = image.digest ? [make("code", { css: "digest", text: `SHA-256 ${image.digest}` })] : [];
    return make("div", { css: "absent" }, make("p", { text: image.reason }), ...digest);
  }

  function figure(image, name) {
    if (image === null) return null;
    const caption = make("figcaption", {}, make("strong", { text: name }));
    if (!image.source) return make("figure", {}, caption, absentElement(image));
    caption.append(` ${sizeText(image)}`);
    if (mode === "full") {
      const attributes = { href: image.source, target: "_blank", rel: "noopener" };
      caption.append(" ", make("a", { text: "open alone", attributes: { ...attributes, "aria-label": `open ${name} alone` } }));
    }
    return make("figure", {}, caption, pictureElement(image, name));
  }

  // The output laid on another image of the sample: their difference, or both in turn.
  function comparison(output, others) {
    const under = make("img", { attributes: { alt: "" } });
    const over = make("img", { css: "over", attributes: { alt: "" } });
    const stack = make("div", { css: "stack difference gain-1", attributes: { role: "img" } }, under, over);
    const told = make("figcaption", { attributes: { "aria-live": "polite" } });
    const choice = make("select", { attributes: { id: "compare-with" } });
    others.forEach(({ name }, place) => option(choice, name, String(place)));
    const gain = make("select", { attributes: { id: "compare-gain" } });
    for (const factor of [1, 4, 16]) option(gain, `x ${factor}`, String(factor));
    gain.value = chosenGain; // stays from sample to sample
    const control = { stack, told, under, over, choice, gain, output, others, timer: null, isFlicker: false };
    const flicker = button("Flicker", "F", () => toggleFlicker(control));
    const difference = button("Difference", "D", () => showDifference(control));
    choice.addEventListener("change", () => layOut(control));
    gain.addEventListener("change", () => {
      chosenGain = gain.value;
      layOut(control);
    });
    control.flickerButton = flicker;
    control.differenceButton = difference;
    control.tools = make(
      "div",
      { css: "tools comparison", attributes: { role: "group", "aria-label": "Comparison of two images" } },
      label(choice, "Output and"), choice, difference, flicker, label(gain, "Amplified"), gain,
    );
    control.figure = make("figure", { css: "compared" }, told, stack);
    layOut(control);
    return control;
  }

  function button(text, key, act) {
    const made = make("button", { text, attributes: { type: "button", "aria-keyshortcuts": key, "aria-pressed": "false" } });
    made.addEventListener("click", act);
    return made;
  }

  function label(control, text) {
    return make("label", { text, attributes: { for: control.id } });
  }

  function layOut(control) {
    const other = control.others[Number(control.choice.value)];
    const { under, over, output } = control;
    for (const [element, image] of [[under, other.image], [over, output]]) {
      element.src = image.source;
      element.width = other.image.width; // both as large as the one below, as metrics see them
      element.height = other.image.height;
    }
    const isResized = output.fullWidth !== other.image.fullWidth || output.fullHeight !== other.image.fullHeight;
    control.resized = isResized ? `; the output is stretched to the size of the ${other.name}` : "";
    if (control.isFlicker) showOne(control, control.shown);
    else showDifference(control);
  }

  function showDifference(control) {
    stopFlicker(control);
    control.isFlicker = false;
    const name = control.others[Number(control.choice.value)].name;
    control.stack.className = `stack difference gain-${control.gain.value}`;
    const times = control.gain.value === "1" ? "" : ` times ${control.gain.value}`;
    tell(control, `Absolute difference of output and ${name}${times}, black where they are equal`);
  }

  function tell(control, text) {
    const lossy = control.output.isExact ? "" : "; of small images compressed with loss";
    control.told.textContent = `${text}${control.resized}${lossy}`;
    control.stack.setAttribute("aria-label", text);
    control.flickerButton.setAttribute("aria-pressed", String(control.isFlicker));
    control.differenceButton.setAttribute("aria-pressed", String(!control.isFlicker));
  }

  function showOne(control, shown) {
    control.shown = shown;
    control.stack.className = `stack flicker ${shown}`;
  }

  // Whoever wants less motion sees the other image with each press; everybody else until the next one.
  function toggleFlicker(control) {
    const name = control.others[Number(control.choice.value)].name;
    const isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (isStill || !control.isFlicker || control.timer === null) {
      const next = control.isFlicker && control.shown === "output" ? "other" : "output";
      control.isFlicker = true;
      showOne(control, next);
      tell(control, isStill ? `${next === "output" ? "Output" : name}: press again for the other one` : `Output and ${name} in turn`);
      if (!isStill) {
        control.timer = window.setInterval(() => showOne(control, control.shown === "output" ? "other" : "output"), FLICKER_MS);
      }
      return;
    }
    stopFlicker(control);
    tell(control, `${control.shown === "output" ? "Output" : name}, held still`);
  }

  function stopFlicker(control) {
    window.clearInterval(control.timer);
    control.timer = null;
  }
