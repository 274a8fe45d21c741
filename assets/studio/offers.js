/* What the tools "propose" and "balance" share: of the chosen precinct, or of one that is pressed, the server
   is asked for a way out, and the ways stand in the panel and on the map before a person takes one.

   ikomek.studioOffers(studio, tool, {subject, chooses, title, wait, request, cards}) -> {show, clear}
   `subject(precinct)`: what the tool works on, null = nothing of this precinct; `chooses`: whether a precinct
   that is pressed becomes the chosen one. `title(subject)`, `wait`:
   the heading, and the key of the words until the answer is there. `request(subject)`: the command's body.
   `cards(answer, subject)`: the elements of an answer. `show(gives, lines)` marks what a way would move and
   the borders that it would draw (in the plan's metres); `clear()` takes all of it away. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;

  ikomek.studioOffers = function (studio, tool, { subject, chooses, title, wait, request, cards }) {
    const word = ikomek.word,
      node = ikomek.node,
      newest = ikomek.latest();
    let shown = null,
      requested = null;

    const using = () => studio.tool === tool && studio.mayEdit();

    function pick(event) {
      if (!using()) return;
      const precinct = studio.plan.precinctAt(...studio.layer.toPlan(event.containerPoint)),
        before = requested;
      if (precinct && chooses) studio.select(precinct.id);
      if (precinct && requested === before) ask(subject(precinct));
    }

    /* Whatever chooses one: the map before the tool was taken, the search, a row of the panel. */
    function follow(id) {
      const precinct = using() && studio.plan.precincts.get(id);
      if (precinct && subject(precinct) !== requested) ask(subject(precinct));
    }

    function ask(chosen) {
      if (chosen == null) return;
      requested = chosen;
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
      shown = requested = null;
      byId("studio-proposals").replaceChildren();
      studio.layer.paintLive();
    }

    studio.overlays.set(tool, (ctx, layer) => {
      if (!shown) return;
      if (shown.lines.length) layer.strokeLines(ctx, shown.lines, "selection", 4, [10, 6]);
      layer.markHouses(ctx, shown.houses, "selection");
    });
    studio.tools.set(tool, {
      enter() {
        studio.announce(word(studio.mayEdit() ? `studio.hint.${tool}` : "studio.hint.read_only"), "hint");
        follow(studio.selected);
      },
      leave: clear,
    });
    studio.map.on("click", pick);
    studio.hear("select", follow);
    studio.hear("escape", () => {
      if (shown) clear();
    });
    return { show, clear };
  };
})();
