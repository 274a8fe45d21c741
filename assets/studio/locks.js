/* What is agreed with the commission, on the map: hatched, dotted along its border, a padlock at its
   number. Where an attempt to change it failed is marked beside the words that say who locked it. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const LOCK_PX = 13;
  const { ink } = ikomek.symbols;

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word;
    let attempt = null;

    /* ---- refused by a lock ---- */

    const plainly = studio.refused;
    studio.refused = (answer) =>
      answer.error === "plan.locked" ? announceOwner(answer.parameters) : plainly(answer);

    function announceOwner({ precincts, who, at }) {
      const named = precincts.split(", ").map((one) => ikomek.numbered(one));
      const facts = { precincts: named.join(", "), who, day: ikomek.dayShort(new Date(at) / 1000) };
      studio.announce(word("studio.locked.refused", facts), "refused");
    }

    function refused({ answer, mine }) {
      if (answer.error !== "plan.locked") return;
      attempt = { at: mine ? mine.at : null, faces: answer.parameters.locked };
      studio.layer.paintLive();
    }

    function letGo() {
      if (!attempt) return;
      attempt = null;
      studio.layer.paintLive();
    }

    /* ---- on the map ---- */

    studio.underlays.set("locked", (ctx, layer) => {
      for (const own of studio.plan.precincts.values()) {
        if (!own.lock || !own.xy || !layer.inView(own.id)) continue;
        layer.hatchFace(ctx, studio.plan.pathOf(own.id), "text", 0.11);
        layer.strokeLines(ctx, studio.plan.linesOf(own.id), "text", 3, [0.1, 5]);
      }
    });

    studio.overlays.set("locked", (ctx, layer) => {
      for (const own of studio.plan.precincts.values())
        if (own.lock && own.xy && layer.inView(own.id))
          padlock(ctx, ...layer.numberEnd(own), LOCK_PX * studio.scale);
      if (!attempt) return;
      for (const face of attempt.faces)
        if (studio.plan.precincts.has(face)) layer.strokeLines(ctx, studio.plan.linesOf(face), "urgent", 2.4);
      if (attempt.at) layer.ringAt(ctx, attempt.at, "urgent");
    });

    function padlock(ctx, x, y, side) {
      ctx.save();
      Object.assign(ctx, {
        fillStyle: ink("map"),
        strokeStyle: ink("text"),
        lineWidth: side * 0.13,
        lineJoin: "round",
      });
      ctx.beginPath();
      ctx.arc(x + side / 2, y - side * 0.12, side * 0.24, Math.PI, 0);
      ctx.stroke();
      ctx.beginPath();
      ctx.roundRect(x + side * 0.08, y - side * 0.12, side * 0.84, side * 0.62, side * 0.1);
      ctx.fill();
      ctx.stroke();
      ctx.restore();
    }

    studio.hear("refused", refused);
    studio.hear("escape", letGo);
    studio.hear("changing", (change) => {
      if (change) letGo();
    });
    studio.hear("plan", ({ own }) => {
      if (own) letGo();
    });
  });
})();
