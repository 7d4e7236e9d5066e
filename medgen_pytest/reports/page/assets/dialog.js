  // The dialog in which one item of the list is opened, and the keys that it heeds.
  const viewer = get("viewer");
  let listed = []; // the numbers of the items that the list shows, in its order
  let current = -1;
  let compared = null; // two images of the item that lie on each other

  // Shows an item whose parts are made already; `address` is what the address of the page says of it.
  function showItem(number, title, parts, address) {
    current = number;
    get("viewer-title").textContent = title;
    const place = listed.indexOf(number);
    get("viewer-previous").disabled = place <= 0;
    get("viewer-next").disabled = place < 0 || place === listed.length - 1;
    get("viewer-body").replaceChildren(...parts);
    if (!viewer.open) viewer.showModal();
    viewer.scrollTop = 0;
    get("viewer-title").focus();
    keepAddress(`#${encodeURIComponent(address)}`);
  }

  function keepAddress(address) {
    try {
      window.history.replaceState(null, "", address);
    } catch {
      // a browser that keeps no address for files: only the link to this sample is lost
    }
  }

  // What the address of the page says, or nothing.
  function addressed() {
    try {
      return decodeURIComponent(window.location.hash.slice(1));
    } catch {
      return ""; // no address of this page
    }
  }

  // Lays images on each other instead of those of the item before; null where there are no two.
  function compareImages(pairs, text) {
    if (compared) stopFlicker(compared);
    compared = pairs.length ? comparison(pairs, text) : null;
    return compared;
  }

  function step(by) {
    const next = listed[listed.indexOf(current) + by];
    if (next !== undefined) openItem(next);
  }

  function startDialog(more = {}) {
    const acts = {
      ArrowLeft: () => step(-1),
      ArrowRight: () => step(1),
      f: () => compared && toggleFlicker(compared),
      d: () => compared && showDifference(compared),
      ...more,
    };
    get("viewer-previous").addEventListener("click", () => step(-1));
    get("viewer-next").addEventListener("click", () => step(1));
    get("viewer-close").addEventListener("click", () => viewer.close());
    viewer.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("select, input, textarea")) return;
      const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!act) return;
      event.preventDefault();
      act();
    });
    viewer.addEventListener("close", () => {
      if (compared) stopFlicker(compared);
      get("viewer-body").replaceChildren();
      keepAddress("#gallery");
      returnToCard(current);
    });
  }
