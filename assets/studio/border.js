/* The tool "shared border": handles of our own on one edge at a time. A dragged corner changes the edge, a
   dragged junction every edge that meets there; both sides change together, and their voters are counted
   while the pointer moves. Alt turns the snapping to street centre lines off. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const NEAR_PX = 9,
    SPACE_PX = 16,
    SNAP_PX = 12,
    STREETS_FROM = 14,
    STEP_PX = 1,
    LEAP_PX = 10;

  function nearestOn(line, x, y) {
    let best = { d: Infinity };
    for (let i = 1; i < line.length; i++) {
      const [ax, ay] = line[i - 1],
        bx = line[i][0] - ax,
        by = line[i][1] - ay;
      const t = Math.max(0, Math.min(1, ((x - ax) * bx + (y - ay) * by) / (bx * bx + by * by || 1)));
      const px = ax + t * bx,
        py = ay + t * by,
        d = Math.hypot(px - x, py - y);
      if (d < best.d) best = { d, i, xy: [px, py] };
    }
    return best;
  }

  ikomek.nearestOn = nearestOn;

  ikomek.studioParts.push(function (studio, L) {
    let chosen = null,
      hovered = null,
      streets = [],
      streetsBox = null;

    /* ---- which edge ---- */

    function edgeNear(event) {
      const [x, y] = studio.layer.toPlan(event.containerPoint),
        reach = NEAR_PX * studio.scale * studio.layer.metresPerPixel();
      let best = null,
        nearest = reach;
      for (const edge of studio.plan.edges.values()) {
        const found = nearestOn(edge.xy, x, y);
        if (found.d < nearest) {
          nearest = found.d;
          best = edge.id;
        }
      }
      return best;
    }

    function hover(event) {
      if (!["border", "redraw"].includes(studio.tool) || studio.changing) return;
      const edge = edgeNear(event);
      studio.map.getContainer().style.cursor = edge != null && studio.tool === "border" ? "pointer" : "";
      if (edge === hovered) return;
      hovered = edge;
      studio.layer.paintLive();
    }

    function click(event) {
      if (studio.tool !== "border") return;
      const edge = edgeNear(event),
        at = studio.plan.precinctAt(...studio.layer.toPlan(event.containerPoint));
      choose(edge);
      if (edge == null) studio.select(at ? at.id : null);
    }

    function choose(edge) {
      chosen = edge;
      layHandles();
      studio.layer.paintLive();
      if (edge == null) return;
      const sides = studio.numbers(facesOf([edge]));
      studio.announce(
        ikomek.word(studio.mayEdit() ? "studio.border.chosen" : "studio.border.read_only", {
          sides: sides.join(" | "),
        }),
        "hint",
      );
    }

    studio.chooseEdge = choose;

    const facesOf = (edges) =>
      [
        ...new Set(
          edges.flatMap((id) => {
            const e = studio.plan.edges.get(id);
            return [e.left, e.right];
          }),
        ),
      ].filter((face) => face != null);

    studio.overlays.set("border", (ctx, layer) => {
      if (studio.changing) return;
      const edge = studio.plan.edges.get(chosen),
        under = studio.plan.edges.get(hovered);
      if (under && under !== edge) layer.strokeLines(ctx, [under.xy], "selection", 3, null, 0.6);
      if (edge) layer.strokeLines(ctx, [edge.xy], "selection", 4);
    });

    /* ---- handles ---- */

    function layHandles() {
      const pane = studio.layer._handles,
        edge = studio.plan.edges.get(chosen);
      const focused = pane.contains(document.activeElement) ? document.activeElement.dataset : null;
      pane.replaceChildren();
      if (!edge || studio.tool !== "border" || !studio.mayEdit()) return;
      let last = null;
      edge.xy.forEach((xy, i) => {
        const [x, y] = studio.layer.toLayer(xy),
          end = i === 0 || i === edge.xy.length - 1;
        if (!end && last && Math.hypot(x - last[0], y - last[1]) < SPACE_PX * studio.scale) return;
        last = [x, y];
        pane.append(handle(edge, i, end, x, y));
      });
      // The hand that moved a corner by keyboard still has it when the answer draws the handles anew.
      if (focused)
        pane
          .querySelector(`[data-edge="${focused.edge}"][data-vertex="${focused.vertex}"]`)
          ?.focus({ preventScroll: true });
    }

    function handle(edge, i, end, x, y) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "studio-handle" });
      Object.assign(button.dataset, { edge: edge.id, vertex: i, end });
      button.setAttribute(
        "aria-label",
        ikomek.word(end ? "studio.handle.junction" : "studio.handle.corner", {
          n: i + 1,
          all: edge.xy.length,
        }),
      );
      L.DomUtil.setPosition(button, L.point(x, y));
      button.addEventListener("pointerdown", (event) => {
        if (event.button === 0) grab(event, button, edge, i);
      });
      button.addEventListener("keydown", (event) => steps(event, button, edge, i));
      button.addEventListener("dblclick", () => {
        if (!end) removeCorner(edge, i);
      });
      L.DomEvent.disableClickPropagation(button);
      return button;
    }

    /* ---- a drag ---- */

    /* What moves with vertex `i` of `edge`: the edge alone, or at a junction every edge that ends there. */
    function beginChange(edge, i) {
      const node = i === 0 ? edge.from : i === edge.xy.length - 1 ? edge.to : null;
      const edges =
        node == null
          ? [edge]
          : [...studio.plan.edges.values()].filter((other) => other.from === node || other.to === node);
      const faces = facesOf(edges.map((other) => other.id));
      const change = {
        node,
        edge: edge.id,
        vertex: i,
        edges,
        faces: new Set(faces),
        lines: new Map(),
        moved: [],
        sums: studio.plan.counted(faces, []),
        at: edge.xy[i],
      };
      for (const other of edges) change.lines.set(other.id, other.xy.slice());
      return change;
    }

    function moveTo(change, xy) {
      change.at = xy;
      for (const edge of change.edges) {
        const line = edge.xy.slice();
        if (change.node == null) line.splice(change.vertex, 1, xy);
        if (change.node != null && edge.from === change.node) line[0] = xy;
        if (change.node != null && edge.to === change.node) line[line.length - 1] = xy;
        change.lines.set(edge.id, line);
      }
      count(change);
    }

    function count(change) {
      const faces = [...change.faces];
      change.moved = studio.plan.moved(faces, change.lines);
      change.sums = studio.plan.counted(faces, change.moved);
      studio.layer.paintLive();
      studio.publish("changing", change);
    }

    function open(change) {
      studio.changing = change;
      studio.paint();
    }

    studio.close = function () {
      studio.changing = null;
      studio.paint();
      layHandles();
      studio.publish("changing", null);
    };

    function grab(event, button, edge, i) {
      event.preventDefault();
      button.focus({ preventScroll: true });
      button.setPointerCapture(event.pointerId);
      studio.map.dragging.disable(); // a finger's touch comes after its pointer, and would drag the map along
      let waiting = null,
        last = null;
      const follow = () => {
        waiting = null;
        if (!studio.changing) {
          if (!last) return;
          open(beginChange(edge, i));
        }
        const xy = snapped(studio.layer.toPlan(studio.map.mouseEventToContainerPoint(last)), last.altKey);
        moveTo(studio.changing, xy);
        L.DomUtil.setPosition(button, L.point(studio.layer.toLayer(xy)));
      };
      const move = (moved) => {
        last = moved;
        waiting = waiting || requestAnimationFrame(follow);
      };
      const end = (ended) => {
        for (const [name, fn] of [
          ["pointermove", move],
          ["pointerup", end],
          ["pointercancel", end],
        ])
          button.removeEventListener(name, fn);
        studio.map.dragging.enable();
        if (waiting) {
          cancelAnimationFrame(waiting);
          follow();
        }
        if (!studio.changing) return;
        if (ended.type === "pointercancel") studio.close();
        else save(studio.changing, performance.now());
      };
      for (const [name, fn] of [
        ["pointermove", move],
        ["pointerup", end],
        ["pointercancel", end],
      ])
        button.addEventListener(name, fn);
    }

    /* ---- saving ---- */

    function changesOf(change) {
      if (change.node != null) {
        const node = studio.plan.nodes.get(change.node);
        return [{ node: node.id, version: node.version, point: studio.plan.lonLat(change.at) }];
      }
      const edge = studio.plan.edges.get(change.edge),
        line = change.lines.get(edge.id);
      const corners = line.slice(1, -1).map((xy) => {
        const kept = edge.xy.indexOf(xy);
        return kept < 0 ? studio.plan.lonLat(xy) : edge.line[kept];
      });
      return [{ edge: edge.id, version: edge.version, corners }];
    }

    async function save(change, released) {
      const answer = await studio.send("edits", { changes: changesOf(change) }, change);
      const replied = performance.now();
      if (!answer) return;
      studio.close();
      afterPaint(() => {
        const painted = performance.now();
        studio.timings.push({ total: painted - released, server: replied - released });
      });
      const sides = studio.numbers([...change.faces]).join(" | ");
      studio.announce(ikomek.word("studio.border.moved", { sides }), "done");
    }

    function afterPaint(then) {
      requestAnimationFrame(() => setTimeout(then, 0));
    }

    function removeCorner(edge, i) {
      const change = beginChange(edge, i);
      if (change.node != null) return;
      change.lines.set(
        edge.id,
        edge.xy.filter((_, k) => k !== i),
      );
      open(change);
      count(change);
      save(change, performance.now());
    }

    /* A new corner where the chosen border is grabbed between two handles. */
    function insertCorner(event) {
      const edge = studio.plan.edges.get(chosen);
      if (
        !edge ||
        !studio.mayEdit() ||
        studio.tool !== "border" ||
        event.button !== 0 ||
        event.target.closest(".studio-handle")
      )
        return;
      const xy = studio.layer.toPlan(studio.map.mouseEventToContainerPoint(event)),
        found = nearestOn(edge.xy, ...xy);
      if (found.d > NEAR_PX * studio.scale * studio.layer.metresPerPixel()) return;
      event.stopPropagation();
      const longer = { ...edge, xy: edge.xy.toSpliced(found.i, 0, found.xy) };
      const button = handle(longer, found.i, false, ...studio.layer.toLayer(found.xy));
      studio.layer._handles.append(button);
      grab(event, button, longer, found.i);
    }

    /* ---- by keyboard ---- */

    const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

    function steps(event, button, edge, i) {
      if (event.key === "Delete" || event.key === "Backspace") {
        event.preventDefault();
        removeCorner(edge, i);
        return;
      }
      if (event.key === "Enter" && studio.changing) {
        event.preventDefault();
        event.stopPropagation();
        save(studio.changing, performance.now());
        return;
      }
      const way = ARROWS[event.key];
      if (!way) return;
      event.preventDefault();
      event.stopPropagation();
      if (!studio.changing) open(beginChange(edge, i));
      const far = (event.shiftKey ? LEAP_PX : STEP_PX) * studio.layer.metresPerPixel() * studio.scale,
        [x, y] = studio.changing.at;
      moveTo(studio.changing, [x + way[0] * far, y + way[1] * far]);
      L.DomUtil.setPosition(button, L.point(studio.layer.toLayer(studio.changing.at)));
    }

    /* ---- streets ---- */

    const streetsOf = ikomek.latest();

    function readStreets() {
      const bounds = studio.map.getBounds();
      if (
        studio.map.getZoom() - studio.zoomShift < STREETS_FROM ||
        !studio.mayEdit() ||
        streetsBox?.contains(bounds)
      )
        return;
      const box = bounds.pad(0.3);
      streetsOf.ask(
        () => studio.ask(`/layers/plans/streets.json?bbox=${box.toBBoxString()}`),
        (found) => {
          if (found.error) return;
          streetsBox = box;
          streets = found.map((line) => line.map((point) => studio.plan.local(point)));
        },
      );
    }

    function snapped(xy, off) {
      const metres = studio.session.rules
        ? studio.session.rules.snap_m / studio.plan.groundMetre()
        : Infinity;
      const reach = Math.min(SNAP_PX * studio.scale * studio.layer.metresPerPixel(), metres);
      if (off) return xy;
      let best = { d: reach, xy };
      for (const line of streets) {
        const found = nearestOn(line, ...xy);
        if (found.d < best.d) best = found;
      }
      return best.xy;
    }

    /* ---- put together ---- */

    studio.map.on({ mousemove: hover, click });
    studio.map.getContainer().addEventListener("pointerdown", insertCorner, true);
    studio.hear("view", () => {
      layHandles();
      readStreets();
    });
    studio.hear("plan", () => {
      if (!studio.plan.edges.has(chosen)) chosen = null;
      if (!studio.changing) {
        studio.paint();
        layHandles();
      }
    });
    studio.hear("escape", () => {
      if (studio.changing) studio.close();
      else if (chosen != null) choose(null);
      else if (studio.tool === "border") studio.select(null);
    });
    studio.tools.set("border", {
      leave() {
        choose(null);
      },
    });
  });
})();
