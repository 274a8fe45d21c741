/* What does not fit goes, whole, never the size of a letter: every row, box and panel is drawn whole or is
   not there.

   The order in which things go: panels of counts from the end of their column, then notes of figures, long
   names of figures, boxes, then rows of the list of what requires attention, the figures, the list. A map
   stays, and with it the name over it as long as there is room for both. Where nothing of a column
   would be left, headings go, and where that is not enough one panel of less worth that has room stays.
   Nothing is written while nothing changes.

   A column is filled from nothing: every panel that stays gets its least, then what is left is given row
   by row (`ORDER`). Heights are measured, not guessed: a row is as high as its text, which is broken
   between words. */
(function () {
  "use strict";
  const ikomek = window.ikomek,
    wall = ikomek.wall,
    { show } = wall;
  /* The lowest goes first. Panels that are not named here have 0. */
  const WORTH = { map: 4, district: 3, attention: 2, rating: 2, figures: 1 };
  /* Panels of which a single row is worth showing. */
  const LISTS = ["attention", "rating"];
  const GROWS = { map: 5, hours: 9 };
  /* At a desk's letter there is room for one that shows something: a district is not a bar. */
  const DESK_MAP = 12;
  /* The least height of a map with its district's name over it, where there is one strip: three maps without
     names say nothing. */
  const NAMED_MAP = 2.4;
  const LEAST_ROWS = 2,
    GOOD_ROWS = { desk: 5, far: 2 },
    SHARE = { attention: 2 };

  const GROWN = [2.6, 2.2, 1.8, 1.5, 1.25];

  const lists = (panel) => panel.querySelector(":scope > .wall-panel-body > ol");
  const kindOf = (panel) => panel.dataset.kind;
  const tooWide = (element) => element.scrollWidth > element.clientWidth + 1;
  const LEAVES =
    ".name, .what, .where, .when, .n, .value, .late, .share, .aim, .formula, .fact, " +
    ".wall-figure-name, .wall-figure-value, .wall-figure-note";
  /* Does some text of it stick out of its place? */
  const sticksOut = (element) =>
    tooWide(element) ||
    [...element.querySelectorAll(LEAVES)].some((one) => one.offsetWidth > 0 && tooWide(one));

  /* ---- bars ---- */
  /* Put them into the line, the most wanted first, each as long as all of it fits. Says whether every one
     of them did. */
  function fillLine(line, wanted) {
    const filled = wanted.filter((element) => element?.textContent);
    wanted.forEach((element) => show(element, false));
    for (const element of filled) {
      show(element, true);
      if (tooWide(line)) show(element, false);
    }
    return filled.every((element) => !element.hidden);
  }
  /* Sentences that have a form in few words take it where the line is too short for all that is wanted. */
  function fillWith(line, wanted) {
    const write = (long) =>
      line
        .querySelectorAll(".long, .short")
        .forEach((one) => show(one, one.classList.contains("long") === long));
    write(true);
    if (fillLine(line, wanted) || !line.querySelector(".short")) return;
    write(false);
    fillLine(line, wanted);
  }
  function fitHeader(root, strip) {
    const header = root.querySelector(".wall-header"),
      one = (name) => header.querySelector(name),
      briefs = [...one(".wall-briefs").children];
    if (!strip) briefs.forEach((element) => show(element, false));
    fillWith(header, [
      one(".wall-mode"),
      one(".wall-lost"),
      ...(strip ? briefs : []),
      one(".wall-brand"),
      one(".wall-day"),
      one(".wall-title"),
    ]);
  }
  function fitFooter(root) {
    const footer = root.querySelector(".wall-footer"),
      feeds = [...footer.querySelectorAll(".wall-feeds > *")],
      stale = (one) => one.classList.contains("stale");
    fillWith(footer, [
      ...feeds.filter(stale),
      ...feeds.filter((one) => !stale(one)),
      footer.querySelector(".wall-sound"),
      footer.querySelector(".wall-state"),
    ]);
  }

  /* ---- rows ---- */
  /* A row that is too high says less of itself: it is as `row.forms[0]()` makes it, then as the next does,
     each from whatever it was before. */
  function shortenRows(rows) {
    let long = rows.filter((row) => row.forms);
    for (let form = 0; long.length; form += 1) {
      long.forEach((row) => row.forms[form]());
      long = long.filter((row) => form + 1 < row.forms.length && (sticksOut(row) || row.isLong()));
    }
  }
  function rowsOf(panel) {
    const list = lists(panel);
    return list ? [...list.children] : [];
  }

  /* ---- figures ---- */
  const FORMS = ["", "bare", "bare brief"];
  function dress(panel, form) {
    for (const name of ["bare", "brief"]) panel.classList.toggle(name, form.split(" ").includes(name));
  }
  const showAim = (box, on) => box.querySelectorAll(".wall-figure-aim").forEach((aim) => show(aim, on));
  /* The goal stands after the name of each box that has room for it in the same lines. */
  function giveAims(boxes) {
    const high = () => boxes.map((box) => box.firstChild.offsetHeight + box.children[1].offsetHeight);
    boxes.forEach((box) => showAim(box, false));
    const plain = high();
    boxes.forEach((box) => showAim(box, true));
    const aimed = high();
    return boxes.filter((box, i) => {
      const fits = aimed[i] <= plain[i] + 1 && !sticksOut(box);
      showAim(box, fits);
      return fits;
    });
  }
  /* For each form: the height of its first n rows of boxes, which box stands in which row, and which have
     their goal. */
  function measureFigures(panel) {
    panel.style.removeProperty("--grown");
    const boxes = [...panel.querySelectorAll(".wall-figure")],
      found = [];
    for (const form of FORMS) {
      dress(panel, form);
      for (const box of boxes) {
        box.style.gridColumn = "";
        show(box, true);
      }
      const aimed = giveAims(boxes);
      boxes.forEach((box) => show(box, !sticksOut(box)));
      const shown = boxes.filter((box) => !box.hidden),
        top = panel.getBoundingClientRect().top,
        rows = new Map();
      for (const box of shown) {
        const at = box.getBoundingClientRect();
        const key = Math.round(at.top - top);
        rows.set(key, Math.max(rows.get(key) || 0, at.bottom - top));
        box.row = key;
      }
      const ends = [...rows].sort((a, b) => a[0] - b[0]);
      found.push({
        form,
        out: boxes.length - shown.length,
        boxes: shown.map((box) => [box, ends.findIndex(([key]) => key === box.row)]),
        heights: ends.map(([, height]) => height),
        aimed,
      });
    }
    return found;
  }
  function showFigures(panel, measured, rows) {
    dress(panel, measured.form);
    for (const box of panel.querySelectorAll(".wall-figure")) {
      show(box, false);
      showAim(box, measured.aimed.includes(box));
    }
    for (const [box, row] of measured.boxes) show(box, row < rows);
    /* The last row is as wide as the others: its last box takes what is left. */
    const shown = measured.boxes.filter(([, row]) => row < rows),
      inRow = (n) => shown.filter(([, row]) => row === n).length,
      left = inRow(0) - inRow(rows - 1);
    if (left > 0) shown[shown.length - 1][0].style.gridColumn = `span ${left + 1}`;
  }

  /* ---- a column ---- */
  /* What a panel can be: `sizes[i]` its height after i + 1 steps, `take(i)` puts it there. Heights of what
     grows are their least. */
  function plan(panel, em) {
    const kind = kindOf(panel),
      named = kind === "map" && panel.parentElement.querySelector(":scope > .wall-panel-district"),
      desk = kind === "map" && panel.closest(".wall-desk") && DESK_MAP,
      least = named && panel.closest(".wall-strip") ? NAMED_MAP : desk || GROWS[kind];
    if (least) return { panel, kind, sizes: [least * em], least: 0, take() {} };
    if (kind === "figures") return planFigures(panel);
    const rows = rowsOf(panel);
    if (!rows.length) return { panel, kind, sizes: [panel.offsetHeight], least: 0, take() {} };
    rows.forEach((row) => show(row, true));
    wall.writeWidestCount(panel);
    shortenRows(rows);
    const good = rows.filter((row) => !sticksOut(row)),
      heights = good.map((row) => row.offsetHeight);
    rows.forEach((row) => show(row, false));
    const head = panel.offsetHeight,
      sizes = heights.map(
        (
          (sum) => (height) =>
            head + (sum += height)
        )(0),
      );
    return {
      panel,
      kind,
      sizes,
      least: LISTS.includes(kind) ? 0 : Math.min(LEAST_ROWS, sizes.length) - 1,
      good: Math.min(panel.closest(".wall-desk") ? GOOD_ROWS.desk : GOOD_ROWS.far, sizes.length) - 1,
      take(n) {
        rows.forEach((row) => show(row, false));
        good.slice(0, n + 1).forEach((row) => show(row, true));
      },
    };
  }
  /* Boxes first, then their long names, then their notes. */
  function planFigures(panel) {
    const measured = measureFigures(panel),
      brief = measured[2],
      all = brief.heights.map((height, i) => [brief, i + 1, height]);
    for (const form of [measured[1], measured[0]]) {
      if (form.heights.length && form.out <= brief.out)
        all.push([form, form.heights.length, form.heights[form.heights.length - 1]]);
    }
    return {
      panel,
      kind: "figures",
      sizes: all.map(([, , height]) => height),
      least: 0,
      good: brief.heights.length - 1,
      take(n) {
        const [form, rows] = all[n];
        showFigures(panel, form, rows);
      },
    };
  }

  const tall = (one) => one.sizes[one.at] ?? Infinity;
  const total = (plans, gap) =>
    plans.reduce((sum, one) => sum + tall(one), 0) + gap * Math.max(0, plans.length - 1);
  /* Leaves panels out until the others fit: panels of counts, then boxes, rows of the list, figures, the
     list. A map that is alone stays whatever it needs. */
  function choose(plans, room, gap) {
    let kept = plans.filter((one) => one.sizes.length);
    const smaller = () =>
      ["figures", ...LISTS].flatMap((kind) =>
        kept.filter((one) => one.kind === kind && one.at > one.least),
      )[0];
    for (const one of kept) one.at = one.kind in WORTH ? Math.max(one.good ?? 0, 0) : one.least;
    while (kept.length && total(kept, gap) > room) {
      const worth = Math.min(...kept.map(({ kind }) => WORTH[kind] || 0)),
        last = kept.filter(({ kind }) => (WORTH[kind] || 0) === worth).pop();
      if (worth > 0 && smaller()) {
        smaller().at -= 1;
        continue;
      }
      if (kept.length === 1 && last.kind === "map") break;
      kept = kept.filter((one) => one !== last);
    }
    return kept;
  }
  /* The one of the most worth that has room for its least, where `choose` ended with one that has not. */
  function chooseOne(plans, room) {
    for (const one of plans) one.at = one.least;
    return plans
      .filter((one) => tall(one) <= room)
      .sort((a, b) => (WORTH[b.kind] || 0) - (WORTH[a.kind] || 0))
      .slice(0, 1);
  }
  function grow(kept, room, gap) {
    const step = (one, most = Infinity) => {
      const could =
        one.at + 1 < one.sizes.length &&
        one.at < most &&
        total(kept, gap) - tall(one) + one.sizes[one.at + 1] <= room;
      if (could) one.at += 1;
      return could;
    };
    const of = (kind) => kept.filter((one) => one.kind === kind),
      others = kept.filter(({ kind }) => !(kind in WORTH));
    for (const kind of [...LISTS, "figures"])
      of(kind).forEach((one) => {
        while (step(one, one.good - 1));
      });
    of("figures").forEach((one) => {
      while (step(one));
    });
    others.forEach((one) => {
      while (step(one, 3));
    });
    /* The rest by turns, to whoever has least of it. */
    for (;;) {
      const next = kept
        .filter(
          (one) =>
            one.at + 1 < one.sizes.length && total(kept, gap) - tall(one) + one.sizes[one.at + 1] <= room,
        )
        .sort((a, b) => tall(a) / (SHARE[a.kind] || 1) - tall(b) / (SHARE[b.kind] || 1))[0];
      if (!next || !step(next)) return;
    }
  }
  function plansOf(panels, em, untitled) {
    for (const panel of panels) {
      panel.classList.toggle("untitled", untitled);
      show(panel, !panel.hasAttribute("data-idle"));
    }
    return panels.filter((panel) => !panel.hidden).map((panel) => Object.assign(plan(panel, em), { at: 0 }));
  }
  function fitPanels(panels, room, gap, em) {
    let plans = [],
      kept = [];
    for (const [pick, untitled] of [
      [choose, false],
      [choose, true],
      [chooseOne, false],
      [chooseOne, true],
    ]) {
      plans = plansOf(panels, em, untitled);
      kept = pick(plans, room, gap);
      if (kept.length || !plans.length) break;
    }
    grow(kept, room, gap);
    for (const one of plans) {
      show(one.panel, kept.includes(one));
      if (kept.includes(one)) one.take(one.at);
    }
    if (kept.every(({ kind }) => kind !== "map"))
      enlarge(
        kept.filter(({ kind }) => kind === "figures").map(({ panel }) => panel),
        room - total(kept, gap),
      );
  }
  /* Ground that nothing needs (a map needs all) goes to the figures: their values grow as long as every
     box stays whole. */
  function enlarge(panels, spare) {
    const before = panels.map((panel) => panel.offsetHeight),
      sum = (heights) => heights.reduce((all, height) => all + height, 0);
    if (!panels.length || spare < 1) return;
    for (const grown of GROWN) {
      for (const panel of panels) panel.style.setProperty("--grown", grown);
      const whole = panels.every((panel) =>
        [...panel.querySelectorAll(".wall-figure:not([hidden])")].every((box) => !sticksOut(box)),
      );
      if (whole && sum(panels.map((panel) => panel.offsetHeight)) - sum(before) <= spare) return;
    }
    for (const panel of panels) panel.style.removeProperty("--grown");
  }
  function fitColumn(column, em) {
    const style = getComputedStyle(column),
      room = column.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom) + 0.5;
    const panels = [...column.children],
      row = column.classList.contains("wall-row"),
      gap = parseFloat(style.rowGap) || 0;
    if (panels.length === 1 && kindOf(panels[0]) === "map") return;
    if (!row) {
      fitPanels(panels, room, gap, em);
      return;
    }
    panels.forEach((panel) => fitPanels([panel], room, gap, em));
    for (const panel of [...panels].reverse()) if (tooWide(column)) show(panel, false);
  }

  /* A legend that would cover the map is left out. */
  function fitLegend(root) {
    const legend = root.querySelector(".wall-legend");
    if (!legend) return;
    show(legend, !legend.parentElement.matches(".bare, .sparse"));
    show(
      legend,
      legend.offsetHeight > 0 &&
        legend.offsetHeight <= legend.parentElement.clientHeight * 0.2 &&
        !sticksOut(legend),
    );
  }

  /* Does the layout list what requires attention? Else one problem stands in a band of its own
     (wall/band.js). A list that has room for its flood alone lists no problem: the sign says the flood. */
  function listsProblems(root) {
    const all = [...root.querySelectorAll(".wall-panel-attention")].filter((panel) =>
      panel.querySelector("li[data-id], li[data-flood]"),
    );
    const listed = (panel) =>
      panel.querySelector(
        panel.querySelector("li[data-id]") ? "li[data-id]:not([hidden])" : "li:not([hidden])",
      );
    return (
      all.every((panel) => panel.checkVisibility() && listed(panel)) &&
      (all.length > 0 || root.querySelector(".wall-panel-attention") !== null)
    );
  }

  /* Maps side by side, of columns built alike, end at one height. */
  function levelMaps(columns) {
    const maps = columns.map((column) => column.querySelector(":scope > .wall-panel-map")),
      kinds = columns.map((column) => [...column.children].map(kindOf).join());
    const level = (on) => columns.forEach((column) => column.classList.toggle("level", on));
    for (const map of maps) if (map) map.style.flex = "";
    level(false);
    if (columns.length < 2 || maps.includes(null) || new Set(kinds).size > 1) return;
    const height = Math.min(...maps.map((map) => map.offsetHeight));
    for (const map of maps) map.style.flex = `0 0 ${height}px`;
    level(true);
  }
  /* Lays out as many columns as leave every name over a map whole. */
  function layUncut(root, layout) {
    const isWide = (column) => {
      const name = column.querySelector(":scope > .wall-panel-district");
      show(name, true);
      return name && [name, ...name.children].some(tooWide);
    };
    let columns = wall.layColumns(root, layout);
    while (columns.length > 1 && columns.some(isWide))
      columns = wall.layColumns(root, layout, columns.length - 1);
    return columns;
  }
  /* Columns first: the sign and the card may stand in one of them, and are as wide. Where no panel has room
     beside the card, it has all of it. */
  function fit(root, layout) {
    wall.standBeside(root);
    const columns = layUncut(root, layout);
    wall.fitFlood();
    wall.fitBand(root, layout);
    columns.forEach((column) => fitColumn(column, layout.em));
    levelMaps(columns);
    if (columns.every((column) => [...column.children].every((panel) => panel.hidden))) wall.standAlone(root);
  }
  function fitBars(root, layout) {
    fitHeader(root, layout.strip);
    if (!layout.strip) fitFooter(root);
    wall.stages(root, layout.em);
    fitLegend(root);
  }

  /* What a layout depends on. Letters are as wide as the fonts that have come: one that comes late changes
     what fits. */
  let fonts = 0;
  document.fonts.addEventListener("loadingdone", () => {
    fonts += 1;
  });
  const keyOf = (root, layout) =>
    [layout.key, wall.looks(), fonts, ikomek.wallTurn?.()?.id, root.textContent].join("|");
  const isOfWall = ({ map }) => map.getContainer().closest(".wall-stage") !== null;
  const keepsRoom = ({ basemap, incidents }) => basemap.keepsRoom() && incidents.keepsRoom();
  /* What is not yet laid out for what there is, with every font that it needs: "scene", "fonts", "texts",
     "maps", "marks" on them, or none. */
  wall.unsettled = function () {
    const root = wall.state.element;
    if (!root) return "scene";
    if (document.fonts.status !== "loaded") return "fonts";
    if (root.arranged !== keyOf(root, wall.layout(root))) return "texts";
    const maps = [...ikomek.maps.values()].filter(isOfWall);
    if (!maps.every((handle) => handle.knowsItsSize())) return "maps";
    return maps.every(keepsRoom) ? null : "marks";
  };
  wall.isArranged = () => wall.unsettled() === null;

  /* Lay everything out for what there is, if that is new: first as if the list had room; where it has
     none, a band says the most urgent problem. */
  wall.arrange = function (t) {
    const { state } = wall,
      root = state.element,
      layout = wall.layout(root),
      band = (listed) => wall.bandFor(state.rows, t, listed);
    wall.drawBand(band(state.listed));
    const key = () => keyOf(root, layout);
    if (root.arranged === key()) return;
    state.listed = true;
    wall.drawBand(band(true));
    fit(root, layout);
    state.listed = listsProblems(root);
    if (!state.listed) {
      wall.drawBand(band(false));
      fit(root, layout);
    }
    state.panels.filter(({ kind }) => kind === "attention").forEach(wall.countShown);
    wall.showBriefs(t);
    fitBars(root, layout);
    root.arranged = key();
  };
  /* A map takes up the place that it was given in the same go: it hears of another size a frame late, and
     of one that was there in between only, not at all. */
  wall.sizeMaps = function () {
    for (const handle of [...ikomek.maps.values()].filter(isOfWall)) handle.takeSize();
  };
  /* Labels keep to the room that is left to them, and what is drawn on a map to what they leave. */
  wall.keepRoom = function () {
    for (const { basemap, incidents } of [...ikomek.maps.values()].filter(isOfWall)) {
      basemap.keepRoom();
      incidents.keepRoom();
    }
  };
})();
