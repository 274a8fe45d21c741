/* The tool "redraw": a free line from one point of a shared border to another takes the place of the
   stretch between them. Which border is meant follows from both ends; what lies between the line and the
   stretch changes sides, and is counted while the line is drawn. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const END_PX = 22;

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word;
    let meant = null;

    const reach = () => END_PX * studio.scale * studio.layer.metresPerPixel();
    const shared = () =>
      [...studio.plan.edges.values()].filter((edge) => edge.left != null && edge.right != null);

    /* The shared edge that both ends come nearest to, with the points where they meet it; none where an
       end meets none. */
    function border(line) {
      let best = null;
      for (const edge of shared()) {
        const [first, last] = [line[0], line[line.length - 1]].map((xy) => ikomek.nearestOn(edge.xy, ...xy));
        const far = Math.max(first.d, last.d);
        if (far <= reach() && (!best || far < best.far)) best = { edge, first, last, far };
      }
      return best;
    }

    const nearStart = ([x, y]) =>
      shared()
        .map((edge) => ({ edge, first: ikomek.nearestOn(edge.xy, x, y) }))
        .sort((a, b) => a.first.d - b.first.d)[0];

    /* The stretch of an edge between two points on it. */
    function stretch({ edge, first, last }) {
      const [from, to] =
        first.i < last.i || (first.i === last.i && apart(edge, first) <= apart(edge, last))
          ? [first, last]
          : [last, first];
      return [from.xy, ...edge.xy.slice(from.i, to.i), to.xy];
    }

    const apart = (edge, found) =>
      Math.hypot(found.xy[0] - edge.xy[found.i - 1][0], found.xy[1] - edge.xy[found.i - 1][1]);

    /* Voters on either side if the line ended here: its end is taken to the border it started from. */
    function forecast(line) {
      const start = nearStart(line[0]);
      if (!start || start.first.d > reach()) {
        meant = null;
        return;
      }
      const { edge, first } = start,
        last = ikomek.nearestOn(edge.xy, ...line[line.length - 1]);
      meant = { edge, first, last };
      const around = [[first.xy, ...line, last.xy], stretch(meant)],
        sides = [edge.left, edge.right];
      const moved = sides.flatMap((from, side) =>
        studio.plan
          .housesOf(from)
          .filter((building) => building.source === 0 && ikomek.insideLines(...building.xy, around))
          .map((building) => ({ building, from, to: sides[1 - side] })),
      );
      studio.publish("changing", { sums: studio.plan.counted(sides, moved), moved, faces: new Set(sides) });
    }

    async function redraw(line, event) {
      const found = border(line);
      meant = null;
      if (!found) {
        studio.publish("changing", null);
        studio.announce(word("studio.redraw.no_border"), "refused");
        return;
      }
      const { edge, first, last } = found,
        sides = [edge.left, edge.right];
      const body = {
        precincts: sides,
        line: [first.xy, ...line.slice(1, -1), last.xy].map((xy) => studio.plan.lonLat(xy)),
        seen: studio.seenOf(sides),
        snap: !event.altKey,
      };
      const answer = await studio.send("redraw", body);
      if (answer)
        studio.announce(word("studio.redrawn", { sides: studio.numbers(sides).join(" | ") }), "done");
      else studio.publish("changing", null);
    }

    studio.overlays.set("redraw", (ctx, layer) => {
      if (meant) layer.strokeLines(ctx, [stretch(meant)], "selection", 1.6, [6, 5]);
    });

    studio.tools.set("redraw", {
      enter: () =>
        studio.announce(word(studio.mayEdit() ? "studio.hint.redraw" : "studio.hint.read_only"), "hint"),
      drawing: forecast,
      drawn: redraw,
    });
    studio.hear("escape", () => {
      meant = null;
    });
  });
})();
