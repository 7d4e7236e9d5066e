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

  // Named images as they stand on a card.
  function smallFigures(named) {
    const figures = named.map(([name, image]) =>
      make("figure", {}, image.source ? pictureElement(image, name) : make("p", { css: "none", text: image.reason }), make("figcaption", { text: name })),
    );
    return make("div", { css: "small-figures" }, ...figures);
  }

  // One image laid on another: their difference, or both in turn. Each pair has an image `over` and one `under` it, and may
  // have one `at` whose size both are laid out.
  function comparison(pairs, text) {
    const under = make("img", { attributes: { alt: "" } });
    const over = make("img", { css: "over", attributes: { alt: "" } });
    const room = make("canvas"); // nothing is drawn on it: it keeps the shape that both images are stretched to
    const stack = make("div", { css: "stack difference gain-1", attributes: { role: "img" } }, room, under, over);
    const told = make("figcaption", { attributes: { "aria-live": "polite" } });
    const choice = make("select", { attributes: { id: "compare-with" } });
    pairs.forEach((pair, place) => option(choice, pair.text, String(place)));
    const gain = make("select", { attributes: { id: "compare-gain" } });
    for (const factor of [1, 4, 16]) option(gain, `x ${factor}`, String(factor));
    gain.value = chosenGain; // stays from sample to sample
    const control = { stack, room, told, under, over, choice, gain, pairs, timer: null, isFlicker: false };
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
      label(choice, text), choice, difference, flicker, label(gain, "Amplified"), gain,
    );
    control.figure = make("figure", { css: "compared" }, told, stack);
    layOut(control);
    return control;
  }

  function pairOf(control) {
    return control.pairs[Number(control.choice.value)];
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
    const pair = pairOf(control);
    const { image } = pair.at || pair.under;
    control.under.src = pair.under.image.source;
    control.over.src = pair.over.image.source;
    control.room.width = image.width;
    control.room.height = image.height;
    control.resized = stretchedText(pair);
    if (control.isFlicker) relaid(control);
    else showDifference(control);
  }

  function stretchedText({ over, under, at = under }) {
    const isOther = ({ image }) => image.fullWidth !== at.image.fullWidth || image.fullHeight !== at.image.fullHeight;
    const others = [over, under].filter(isOther);
    if (!others.length) return "";
    return `; ${others.length === 1 ? `the ${others[0].name} is` : "both are"} stretched to the size of the ${at.name}`;
  }

  // Goes on with what was shown of the images before, and says of which ones it is now.
  function relaid(control) {
    showOne(control, control.shown);
    tell(control, control.timer === null ? `${shownName(control)}, held still` : inTurn(control));
  }

  function showDifference(control) {
    stopFlicker(control);
    control.isFlicker = false;
    const { over, under } = pairOf(control);
    control.stack.className = `stack difference gain-${control.gain.value}`;
    const times = control.gain.value === "1" ? "" : ` times ${control.gain.value}`;
    tell(control, `Absolute difference of ${over.name} and ${under.name}${times}, black where they are equal`);
  }

  function tell(control, text) {
    const { over, under } = pairOf(control);
    const lossy = over.image.isExact && under.image.isExact ? "" : "; of small images compressed with loss";
    control.told.textContent = `${text}${control.resized}${lossy}`;
    control.stack.setAttribute("aria-label", text);
    control.flickerButton.setAttribute("aria-pressed", String(control.isFlicker));
    control.differenceButton.setAttribute("aria-pressed", String(!control.isFlicker));
  }

  function showOne(control, shown) {
    control.shown = shown;
    control.stack.className = `stack flicker ${shown}`;
  }

  function shownName(control) {
    const { over, under } = pairOf(control);
    return capital((control.shown === "output" ? over : under).name);
  }

  function inTurn(control) {
    const { over, under } = pairOf(control);
    return capital(`${over.name} and ${under.name} in turn`);
  }

  function capital(text) {
    return text.charAt(0).toUpperCase() + text.slice(1);
  }

  // Whoever wants less motion sees the other image with each press; everybody else until the next one.
  function toggleFlicker(control) {
    const isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (isStill || !control.isFlicker || control.timer === null) {
      const next = control.isFlicker && control.shown === "output" ? "other" : "output";
      control.isFlicker = true;
      showOne(control, next);
      tell(control, isStill ? `${shownName(control)}: press again for the other one` : inTurn(control));
      if (!isStill) {
        control.timer = window.setInterval(() => showOne(control, control.shown === "output" ? "other" : "output"), FLICKER_MS);
      }
      return;
    }
    stopFlicker(control);
    tell(control, `${shownName(control)}, held still`);
  }

  function stopFlicker(control) {
    window.clearInterval(control.timer);
    control.timer = null;
  }
