/* A drag that was refused: what was not moved and why, in a panel over the map; a button that leads to the
   place, and one that offers the nearest line that can be saved. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const { byId } = ikomek;
  const CLOSE_ZOOM = 17;

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word,
      node = ikomek.node,
      nearestOf = ikomek.latest();
    let open = false;

    function refused({ answer, command, body, mine }) {
      close();
      const { place: at } = answer.parameters || {};
      if (!mine || !at || command !== "edits") return;
      open = true;
      const change = body.changes[0],
        cuts = answer.error === "plan.cuts_footprint";
      const sides = studio.numbers([...mine.faces]).join(" | ");
      show(
        node("strong", { text: word("studio.not_moved", { sides }) }),
        node("span", { text: cuts ? cut(answer) : answer.message }),
        [
          button("studio-to-point", "studio.to_place", () => studio.fly(at, CLOSE_ZOOM)),
          button("studio-nearest", cuts ? "studio.go_round" : "studio.nearest", () => offer(change, sides)),
        ],
      );
    }

    /* The houses by their addresses: a person knows no ids. */
    function cut({ parameters, message }) {
      const houses = parameters.houses.split(", ").map((id) => studio.plan.buildings.get(Number(id)));
      if (!houses.every(Boolean)) return message;
      return word("studio.not_moved.cuts", {
        address: houses.map((one) => studio.plan.address(one)).join("; "),
      });
    }

    const button = (id, key, click) =>
      node("button", { type: "button", id, class: "studio-button", text: word(key), click });

    function show(title, text, buttons) {
      byId("studio-options").replaceChildren(
        node(
          "div",
          { id: "studio-refused", class: "studio-refused", role: "alert" },
          node("p", {}, title, text),
          ...buttons,
        ),
      );
    }

    function offer(change, sides) {
      nearestOf.ask(
        () => studio.post("nearest", { change }),
        (answer) => {
          if (answer.error) {
            studio.refused(answer);
            return;
          }
          preview(answer.lines.map((line) => line.map((point) => studio.plan.local(point))));
          show(node("strong", { text: word("studio.nearest.offered") }), null, [
            button("studio-nearest-take", "studio.nearest.take", () => take(answer.change, sides)),
            button("studio-nearest-leave", "studio.cancel", close),
          ]);
          byId("studio-nearest-take").focus();
        },
      );
    }

    function preview(lines) {
      studio.previewed = lines;
      studio.layer.paintLive();
    }

    async function take(change, sides) {
      close();
      if (await studio.send("edits", { changes: [change] }))
        studio.announce(word("studio.border.moved", { sides }), "done");
    }

    function close() {
      if (!open) return;
      open = false;
      nearestOf.forget();
      preview(null);
      byId("studio-refused")?.remove();
    }

    studio.hear("refused", refused);
    studio.hear("escape", close);
    studio.hear("tool", close);
    studio.hear("plan", ({ own }) => {
      if (own) close();
    });
    studio.hear("changing", (change) => {
      if (change) close();
    });
  });
})();
