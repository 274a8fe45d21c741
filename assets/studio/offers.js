/* What the tools "propose" and "balance" share: a precinct is pressed, the server is asked for a way out,
   and the ways stand in the panel and on the map before a person takes one.

   ikomek.studioOffers(studio, tool, {subject, title, wait, request, cards}) -> {show, clear}
   `subject(precinct)`: what the tool works on, null = nothing of this precinct. `title(subject)`, `wait`:
   the heading, and the key of the words until the answer is there. `request(subject)`: the command's body.
   `cards(answer, subject)`: the elements of an answer. `show(gives, lines)` marks what a way would move and
   the borders that it would draw (in the plan's metres); `clear()` takes all of it away. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;

  ikomek.studioOffers = function (studio, tool, { subject, title, wait, request, cards }) {
    const word = ikomek.word,
      node = ikomek.node,
      newest = ikomek.latest();
    let shown = null;

    function pick(event) {
      if (studio.tool !== tool || !studio.mayEdit()) return;
      const precinct = studio.plan.precinctAt(...studio.layer.toPlan(event.containerPoint));
      const chosen = precinct ? subject(precinct) : null;
      if (chosen != null) ask(chosen);
    }

    function ask(chosen) {
      shown = null;
      put(chosen, [node("p", { class: "studio-quiet", text: word(wait) })]);
      newest.ask(
        () => studio.post(tool, request(chosen)),
        (answer) => take(chosen, answer),
      );
    }

    function take(chosen, answer) {
      if (answer.error) {
        clear();
        studio.refused(answer);
        return;
      }
      put(chosen, cards(answer, chosen));
      studio.layer.paintLive();
    }

    const put = (chosen, children) =>
      byId("studio-proposals").replaceChildren(node("h2", { text: title(chosen) }), ...children);

    function show(gives, lines = []) {
      const houses = gives
        .flatMap((give) => give.buildings)
        .map((id) => studio.plan.buildings.get(id))
        .filter(Boolean);
      shown = { houses, lines };
      studio.layer.paintLive();
    }

    function clear() {
      newest.forget();
      shown = null;
      byId("studio-proposals").replaceChildren();
      studio.layer.paintLive();
    }

    studio.overlays.set(tool, (ctx, layer) => {
      if (!shown) return;
      if (shown.lines.length) layer.strokeLines(ctx, shown.lines, "selection", 4, [10, 6]);
      layer.markHouses(ctx, shown.houses, "selection");
    });
    studio.tools.set(tool, {
      enter: () =>
        studio.announce(word(studio.mayEdit() ? `studio.hint.${tool}` : "studio.hint.read_only"), "hint"),
      leave: clear,
    });
    studio.map.on("click", pick);
    studio.hear("escape", () => {
      if (shown) clear();
    });
    return { show, clear };
  };
})();
