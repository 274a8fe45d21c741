/* The page /statistics: charts in the colours and the letters of the page, what a press or a key opens, a
   chart as a picture.

   The server writes colours as the names of tokens ("--bar") and sizes for a root of 16 px; here both become
   real, so that one theme and one scale hold for charts and page. */
(function () {
  "use strict";
  const { byId } = window.ikomek;
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const answers = (dash.ikomek = dash.ikomek || {});
  const PATH = "/statistics",
    ROOT_PX = 16,
    PICTURE_PX = 2,
    TITLE_PX = 64,
    NARROW_PX = 600,
    SIDES_PX = 90,
    NAME_PX = 48,
    WIDE = 4; // times as many columns as rows are too many for a telephone
  const SIZES = new Set(["size", "l", "r", "t", "b", "xshift", "yshift", "xgap", "ygap"]);

  /* ---- the chart ---- */

  const style = () => getComputedStyle(document.documentElement);
  const scale = () => Number.parseFloat(style().fontSize) / ROOT_PX;

  function real(value, key, tokens, times) {
    if (Array.isArray(value)) return value.map((one) => real(one, key, tokens, times));
    if (value !== null && typeof value === "object")
      return Object.fromEntries(
        Object.entries(value).map(([name, one]) => [
          name,
          name === "width" && key !== "line" ? one : real(one, name, tokens, times),
        ]),
      );
    if (typeof value === "string" && value.startsWith("--"))
      return tokens.getPropertyValue(value).trim() || value;
    return typeof value === "number" && (SIZES.has(key) || key === "width") ? value * times : value;
  }

  /* A telephone has no room for every name below a chart: as many of them as stand beside one another. */
  function thin({ xaxis }) {
    if (window.innerWidth > NARROW_PX || !xaxis?.ticktext) return;
    const step = Math.ceil((xaxis.ticktext.length * NAME_PX * scale()) / (window.innerWidth - SIDES_PX));
    xaxis.tickvals = xaxis.tickvals.filter((_, n) => n % step === 0);
    xaxis.ticktext = xaxis.ticktext.filter((_, n) => n % step === 0);
    xaxis.tickangle = 0;
  }

  /* There a year of weeks has no room beside one another: they go down, a weekday a column. */
  function turn(drawn) {
    const z = drawn.data[0]?.z;
    if (window.innerWidth > NARROW_PX || !z || z[0].length < WIDE * z.length) return;
    const turned = (rows) => rows[0].map((_, n) => rows.map((row) => row[n]));
    const [cells, ...marks] = drawn.data;
    cells.z = turned(cells.z);
    cells.customdata = turned(cells.customdata);
    cells.text = turned(cells.text);
    marks.forEach((one) => {
      [one.x, one.y] = [one.y, one.x];
    });
    const { xaxis, yaxis, margin } = drawn.layout;
    drawn.layout.xaxis = { ...yaxis, autorange: true, side: "top" };
    drawn.layout.yaxis = {
      ...xaxis,
      side: "left",
      ticklabelposition: "outside",
      range: [...xaxis.range].reverse(),
    };
    margin.l = 2.2 * margin.l;
  }

  answers.statisticsDraw = function (chart) {
    if (!chart) return dash.no_update;
    const drawn = real(chart, "", style(), scale());
    turn(drawn);
    thin(drawn.layout);
    drawn.layout.autosize = true;
    return drawn;
  };

  /* ---- what a press opens ---- */

  const cardOf = (element) => element.closest(".statistics-card");

  function toggle(button) {
    const panel = byId(button.getAttribute("aria-controls")),
      open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    if (panel.classList.contains("statistics-table")) {
      panel.classList.toggle("unseen", !open);
      panel.tabIndex = open ? 0 : -1; // it may be longer than its card: arrows scroll it
    } else panel.hidden = !open;
  }

  function close(card) {
    const open = card.querySelectorAll('[aria-expanded="true"]');
    open.forEach(toggle);
    return open.length > 0;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".statistics-opener, .statistics-png, #statistics-link");
    if (!button || location.pathname !== PATH) return;
    if (button.classList.contains("statistics-opener")) toggle(button);
    else if (button.id === "statistics-link") copyLink(button);
    else savePicture(button.closest("[data-picture]") || button.closest("[data-card]"));
  });

  async function copyLink(button) {
    await navigator.clipboard.writeText(location.href);
    const before = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => {
      button.textContent = before;
    }, 2000);
  }

  /* ---- the picture ---- */

  async function savePicture(card) {
    const plot = card.querySelector(".js-plotly-plot"),
      { picture } = card.dataset;
    if (picture) save(window.ikomek.picture(card), picture);
    else if (plot) save(await drawn(card, plot), card.dataset.card);
  }

  async function drawn(card, plot) {
    const { width, height } = plot.getBoundingClientRect();
    const svg = await window.Plotly.toImage(plot, { format: "svg", width, height });
    const image = new Image();
    image.src = svg;
    await image.decode();
    const canvas = document.createElement("canvas"),
      head = TITLE_PX * scale();
    canvas.width = width * PICTURE_PX;
    canvas.height = (height + head) * PICTURE_PX;
    const ink = canvas.getContext("2d");
    ink.scale(PICTURE_PX, PICTURE_PX);
    ink.fillStyle = style().getPropertyValue("--surface");
    ink.fillRect(0, 0, width, height + head);
    writeHead(ink, card, width, scale());
    ink.drawImage(image, 0, head, width, height);
    return canvas;
  }

  function save(canvas, name) {
    const link = document.createElement("a");
    link.href = canvas.toDataURL("image/png");
    const until = new URLSearchParams(location.search).get("to") || "statistics";
    link.download = `${name}-${until}.png`;
    link.click();
  }

  /* Period and formula on it: a picture goes where its page does not. */
  function writeHead(ink, card, width, times) {
    const family = style().getPropertyValue("--font"),
      left = 8 * times;
    const lines = [
      [600, "--text", card.querySelector("h2").textContent],
      [
        400,
        "--muted",
        [".statistics-about, .returns-about", ".statistics-formula p, .returns-formula"]
          .map((part) => card.querySelector(part)?.textContent)
          .filter(Boolean)
          .join(" · "),
      ],
    ];
    lines.forEach(([weight, colour, text], line) => {
      ink.font = `${weight} ${(line ? 12 : 15) * times}px ${family}`;
      ink.fillStyle = style().getPropertyValue(colour);
      ink.fillText(text, left, (22 + line * 22) * times, width - 2 * left);
    });
  }

  /* ---- a press in the chart ---- */

  const withQuery = (more) => {
    const query = new URLSearchParams(location.search);
    query.delete("view");
    Object.entries(more).forEach(([name, value]) => query.set(name, value));
    return `${PATH}?${query}`;
  };
  const rowsOf = (card, more) => {
    const link = new URL(card.querySelector(".statistics-rows").href);
    Object.entries(more).forEach(([name, value]) => link.searchParams.set(name, value));
    return link.pathname + link.search;
  };
  const LEADS = {
    calendar: (card, { customdata }) => {
      const [from, to = from] = [customdata].flat();
      return rowsOf(card, { from, to });
    },
    hours: (card, { customdata }) => {
      const [weekday, hour] = customdata.split("-");
      return rowsOf(card, { weekday, hour });
    },
    directions: (card, { customdata }) => rowsOf(card, { category: customdata }),
    organisations: (card, { customdata }) => rowsOf(card, { team: customdata }),
    channels: (card, { customdata }) => rowsOf(card, { channel: customdata }),
    districts: (_card, { data }) => withQuery({ district: data.meta }),
  };

  /* Names on the map that would lie on each other go below one another. */
  function separate(plot) {
    const boxes = [...plot.querySelectorAll(".annotation")].map((one) => one.getBoundingClientRect());
    const order = boxes.map((_, i) => i).sort((a, b) => boxes[a].top - boxes[b].top);
    const laid = [],
      shifts = [];
    for (const i of order) {
      const { left, right, height } = boxes[i];
      let { top } = boxes[i];
      for (const other of laid)
        if (left < other.right && right > other.left && top < other.bottom && top + height > other.top)
          top = other.bottom + 1;
      laid.push({ left, right, top, bottom: top + height });
      if (top > boxes[i].top)
        shifts.push([
          `annotations[${i}].yshift`,
          (plot.layout.annotations[i].yshift ?? 0) - (top - boxes[i].top),
        ]);
    }
    if (shifts.length) window.Plotly.relayout(plot, Object.fromEntries(shifts));
  }

  function listen(plot) {
    const card = cardOf(plot),
      lead = LEADS[card.dataset.card];
    plot.dataset.listens = "yes";
    if (card.dataset.card === "districts") {
      plot.on("plotly_afterplot", () => separate(plot));
      separate(plot);
    }
    if (!lead) return;
    plot.on("plotly_click", ({ points }) => {
      const point = points.find(
        ({ customdata, data }) => customdata !== undefined || data.meta !== undefined,
      );
      if (point && !plot.dataset.dragged) location.assign(lead(card, point));
    });
  }

  new MutationObserver(() => {
    document.querySelectorAll(".statistics-card .js-plotly-plot:not([data-listens])").forEach((plot) => {
      if (plot.on) listen(plot);
    });
  }).observe(document.documentElement, { childList: true, subtree: true });

  /* ---- the keys ---- */

  const KEYS = {
    Enter: (card) => card.querySelector(".statistics-rows")?.click(),
    f: (card) => card.querySelector('[aria-controls^="statistics-formula"]')?.click(),
    t: (card) => card.querySelector('[aria-controls^="statistics-table"]')?.click(),
  };

  document.addEventListener("keydown", (event) => {
    const key = location.pathname === PATH && window.ikomek.pressed(event);
    if (!key) return;
    if (key === "p") {
      if (!byId("statistics-from").offsetParent) document.querySelector(".statistics-folds").click();
      byId("statistics-from").focus();
      event.preventDefault();
      return;
    }
    const card = cardOf(event.target);
    if (!card) return;
    if (key === "Escape" && close(card)) event.preventDefault();
    const act = event.target === card || key !== "Enter" ? KEYS[key] : null;
    if (act) {
      act(card);
      event.preventDefault();
    }
  });
})();
