/* The line that a tool lets a hand draw: a tool's `drawing(line)` while it grows and `drawn(line, event)` at
   its end, in the plan's metres, `closed` for a lasso; a line of one point is a click. By pointer from press
   to release; by keyboard with a cursor on the map: arrows move it, Enter sets a point, Enter once more in
   the same place ends the line, Backspace takes a point back, Escape drops it. To a tool that draws nothing
   and waits for a click, Enter is the click. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const { byId } = ikomek;
  const LEAST_PX = 4,
    STEP_PX = 5,
    LEAP_PX = 50,
    EDGE_PX = 60,
    CROSS_PX = 14,
    NEAR_PX = 12;
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const CLICKED = ["merge", "address", "propose", "balance"];

  ikomek.studioParts.push(function (studio, L) {
    const word = ikomek.word,
      container = studio.map.getContainer();
    /* `line`: what is drawn so far, none while nothing is; `cursor`: where the keyboard is. */
    let line = null,
      pointer = null,
      cursor = null,
      announcedAt = null;

    const tool = () => studio.tools.get(studio.tool);
    const draws = () => Boolean(tool()?.drawn) && studio.mayEdit();
    const here = (event) => studio.layer.toPlan(studio.map.mouseEventToContainerPoint(event));
    const apart = ([x, y], [bx, by]) => Math.hypot(x - bx, y - by);

    function end(event) {
      const whole = line;
      line = pointer = null;
      tool().drawn(whole, event);
      studio.layer.paintLive();
    }

    function drop() {
      const was = line;
      line = pointer = null;
      studio.layer?.paintLive();
      return was;
    }

    /* ---- by pointer ---- */

    function begin(event) {
      if (!draws() || event.button !== 0 || event.target.closest(".leaflet-control")) return;
      if (pointer != null) return; // a second finger draws nothing
      event.stopPropagation();
      cursor = null;
      pointer = event.pointerId;
      line = [here(event)];
      container.setPointerCapture(pointer);
    }

    /* A busy page gets several moves as one event: each is a point of the line. */
    function goOn(event) {
      if (event.pointerId !== pointer) return;
      const known = line.length,
        moves = event.getCoalescedEvents?.() || []; // only pages that came encrypted have it
      for (const one of [...moves, event]) {
        const xy = here(one);
        if (apart(xy, line[line.length - 1]) >= LEAST_PX * studio.layer.metresPerPixel()) line.push(xy);
      }
      if (line.length > known) grown();
    }

    function grown() {
      studio.layer.paintLive();
      if (tool().drawing && line.length > 1) tool().drawing(line);
    }

    /* The line ends where the hand lets go, also where no move told of it. */
    function letGo(event) {
      if (event.pointerId !== pointer) return;
      goOn(event);
      end(event);
    }

    function cancelled(event) {
      if (event.pointerId !== pointer) return;
      if (drop().length > 1) studio.announce(word("studio.line.broken"), "refused");
      studio.publish("changing", null);
    }

    /* ---- by keyboard ---- */

    function keys(event) {
      if (event.target !== container || event.ctrlKey || event.metaKey || event.altKey || !takesKeys())
        return;
      if (ARROWS[event.key]) move(ARROWS[event.key], event.shiftKey ? LEAP_PX : STEP_PX);
      else if (event.key === "Enter" && cursor) enter(event);
      else if (event.key === "Backspace" && line) back();
      else if (event.key === "Escape" && line) {
        drop();
        studio.publish("changing", null);
        studio.announce(word("studio.cursor.dropped"), "hint");
      } else return;
      event.preventDefault();
      event.stopImmediatePropagation();
    }

    function move([x, y], px) {
      const far = px * studio.scale * studio.layer.metresPerPixel();
      const [cx, cy] = cursor || middle();
      cursor = [cx + x * far, cy + y * far];
      keepInView();
      studio.layer.paintLive();
      if (line && tool().drawing) tool().drawing([...line, cursor]);
      announcePosition();
    }

    function middle() {
      const { x, y } = studio.map.getSize();
      return studio.layer.toPlan(L.point(x / 2, y / 2));
    }

    /* The cursor's point in the window, none before the first arrow. */
    studio.cursor = function () {
      if (!cursor) return null;
      const at = studio.map.latLngToContainerPoint(latLng()),
        box = container.getBoundingClientRect();
      return [at.x + box.x, at.y + box.y];
    };

    const latLng = () => L.latLng([...studio.plan.lonLat(cursor)].reverse());

    function keepInView() {
      const at = studio.map.latLngToContainerPoint(latLng()),
        { x, y } = studio.map.getSize(),
        over = (n, most) => Math.min(0, n - EDGE_PX) || Math.max(0, n - most + EDGE_PX);
      const by = [over(at.x, x), over(at.y, y)];
      if (by[0] || by[1]) studio.map.panBy(by, { animate: false });
    }

    function enter(event) {
      if (!draws()) {
        click(event);
        return;
      }
      if (line && apart(line[line.length - 1], cursor) < LEAST_PX * studio.layer.metresPerPixel()) {
        end(event);
        return;
      }
      line = [...(line || []), cursor];
      grown();
      studio.announce(word("studio.cursor.point", { n: line.length, place: described() }), "hint");
    }

    function click(event) {
      const at = latLng();
      studio.map.fire("click", {
        latlng: at,
        containerPoint: studio.map.latLngToContainerPoint(at),
        layerPoint: studio.map.latLngToLayerPoint(at),
        originalEvent: event,
      });
    }

    function back() {
      line.pop();
      if (!line.length) line = null;
      studio.layer.paintLive();
      studio.announce(word("studio.cursor.back", { n: line ? line.length : 0 }), "hint");
    }

    /* ---- what a screen reader says ---- */

    function described() {
      const house = studio.houseAt(cursor, NEAR_PX),
        precinct = studio.plan.precinctAt(...cursor);
      const named = precinct ? ikomek.numbered(precinct.number) : word("studio.nowhere");
      return [named, house && studio.plan.address(house)].filter(Boolean).join(", ");
    }

    /* Only where it is another place: what stands under the cursor is read out once. */
    function announcePosition() {
      const now = described();
      if (now === announcedAt) return;
      announcedAt = now;
      studio.announce(word("studio.cursor.at", { place: now }), "hint");
    }

    const takesKeys = () => studio.mayEdit() && (draws() || CLICKED.includes(studio.tool));

    /* After what the tool asks for: how the keyboard does it. */
    function focused() {
      announcedAt = null;
      if (!takesKeys()) return;
      const spoken = byId("studio-message"),
        hint = spoken.dataset.kind === "hint" ? spoken.textContent : "",
        keys = word(draws() ? "studio.cursor.hint" : "studio.cursor.hint_click");
      if (!hint.endsWith(keys)) studio.announce([hint, keys].filter(Boolean).join(" "), "hint");
    }

    /* Who took a tool up by a key goes on by keys. */
    studio.toMap = function () {
      if (takesKeys()) container.focus({ preventScroll: true });
    };

    /* ---- on the map ---- */

    function cross(ctx, layer) {
      const [x, y] = layer.toCanvas(cursor),
        arm = CROSS_PX * studio.scale;
      const arms = [
        [x - arm, y, x + arm, y],
        [x, y - arm, x, y + arm],
      ];
      ctx.save();
      for (const [ink, width] of [
        ["map", 5],
        ["text", 2],
      ]) {
        Object.assign(ctx, { strokeStyle: ikomek.symbols.ink(ink), lineWidth: width * studio.scale });
        ctx.beginPath();
        for (const [ax, ay, bx, by] of arms) {
          ctx.moveTo(ax, ay);
          ctx.lineTo(bx, by);
        }
        ctx.stroke();
      }
      ctx.restore();
    }

    studio.overlays.set("drawn", (ctx, layer) => {
      const closed = tool()?.closed,
        shown = line && (cursor ? [...line, cursor] : line);
      if (shown && shown.length > 1)
        layer.strokeLines(
          ctx,
          [closed ? [...shown, shown[0]] : shown],
          "selection",
          closed ? 3 : 4,
          closed ? [7, 5] : null,
        );
      if (cursor) cross(ctx, layer);
    });

    container.addEventListener("pointerdown", begin, true);
    container.addEventListener("pointermove", goOn);
    container.addEventListener("pointerup", letGo);
    container.addEventListener("pointercancel", cancelled);
    container.addEventListener("keydown", keys, true);
    container.addEventListener("focus", (event) => {
      if (event.target === container && container.matches(":focus-visible")) focused();
    });
    container.addEventListener("blur", () => {
      if (pointer != null || !cursor || line) return; // a line that is under way waits
      cursor = null;
      studio.layer.paintLive();
    });
    container.setAttribute("aria-label", word("studio.map"));
    studio.hear("escape", drop);
    studio.hear("tool", () => {
      drop();
      cursor = announcedAt = null;
    });
  });
})();
