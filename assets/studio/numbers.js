/* The numbers of precincts on the studio's canvas: how large, with which ring, and where, for a number yields
   to the stations. Methods of the layer of `draw.js`. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const LABEL_PX = 78,
    NUMBER_PX = 44,
    VOTERS_PX = 13.5;
  const WORDS = '"Noto Sans Variable", "Noto Sans", sans-serif';
  const ink = (name) => ikomek.symbols.ink(name);

  ikomek.studioNumbers = function (studio) {
    return {
      /* Where the number of a precinct ends on the canvas: what marks it stands there. */
      numberEnd(precinct) {
        const { large, size, ring } = this._labelSize(precinct, precinct.voters),
          [x, y] = this._labelAt(precinct, precinct.voters);
        return [x + ring + 3 * studio.scale, large ? y - size * 0.55 : y];
      },

      /* Of a number with its ring, and the voters under it where there is room: half the width of the number
         and of all, and how far it reaches above and below its place. */
      _labelSize(precinct, voters) {
        const large = this._room(precinct) >= LABEL_PX,
          size = (large ? 18 : 12) * studio.scale,
          ring = size * (0.3 * String(precinct.number).length + (studio.level(voters) ? 0.9 : 0)),
          under = large ? VOTERS_PX * studio.scale * 0.3 * ikomek.number(voters).length : 0;
        return {
          large,
          size,
          ring,
          half: Math.max(ring, under),
          above: size * (large ? 1.3 : 0.75),
          below: size * (large ? 1.1 : 0.75),
        };
      },

      /* The middle of the precinct, or the nearest place of it where no station stands under the number. */
      _labelAt(precinct, voters) {
        const [x, y] = this.toCanvas(precinct.xy),
          { half, above, below } = this._labelSize(precinct, voters),
          gap = 2 * studio.scale;
        const covers = (px, py, [bx, by, b]) =>
          Math.abs(bx - px) < half + b && by + b > py - above && by - b < py + below;
        const free = ([px, py]) => !this._stations.some((box) => covers(px, py, box));
        if (free([x, y])) return [x, y];
        const beside = this._stations
          .filter((box) => covers(x, y, box))
          .flatMap(([bx, by, b]) => [
            [x, by + b + above + gap],
            [x, by - b - below - gap],
            [bx + b + half + gap, y],
            [bx - b - half - gap, y],
          ])
          .filter(free);
        const far = (at) => Math.hypot(at[0] - x, at[1] - y);
        const own = ([px, py]) =>
          studio.plan.holds(precinct.id, (px - this._at.x) / this._at.k, (py - this._at.y) / this._at.k);
        beside.sort((a, b) => own(b) - own(a) || far(a) - far(b));
        return beside[0] || [x, y];
      },

      _labels(ctx, shown) {
        for (const precinct of studio.plan.precincts.values()) {
          if (precinct.xy && shown(precinct.id)) this.label(ctx, precinct, precinct.voters);
        }
      },

      _room(precinct) {
        const [west, north, east, south] = studio.plan.boxOf(precinct.id),
          k = this._at.k;
        return Math.min((east - west) * k, (south - north) * k) / studio.scale;
      },

      /* The number with its ring, the voters under it; less where there is no room, nothing where there is
         none. */
      label(ctx, precinct, voters) {
        const [middleX, middleY] = this.toCanvas(precinct.xy),
          room = this._room(precinct),
          level = studio.level(voters);
        if (
          middleX < 0 ||
          middleY < 0 ||
          middleX > this._size.x ||
          middleY > this._size.y ||
          (room < NUMBER_PX && !level) ||
          room < NUMBER_PX / 2
        )
          return;
        const { large, size } = this._labelSize(precinct, voters),
          [x, y] = this._labelAt(precinct, voters),
          number = String(precinct.number);
        ctx.save();
        Object.assign(ctx, {
          textAlign: "center",
          textBaseline: "middle",
          font: `700 ${size}px ${WORDS}`,
          strokeStyle: ink("map"),
          lineWidth: 3.5 * studio.scale,
        });
        const top = large ? y - size * 0.55 : y;
        if (level) this._ring(ctx, x, top, ctx.measureText(number).width, size, level);
        this._text(ctx, number, x, top, ink("text"));
        if (large) {
          ctx.font = `400 ${VOTERS_PX * studio.scale}px ${WORDS}`;
          this._text(
            ctx,
            ikomek.number(voters),
            x,
            y + size * 0.62,
            ink(["text", "urgent-text", "critical-text"][level]),
          );
        }
        ctx.restore();
      },

      _text(ctx, label, x, y, colour) {
        ctx.strokeText(label, x, y);
        ctx.fillStyle = colour;
        ctx.fillText(label, x, y);
      },

      _ring(ctx, x, y, width, size, level) {
        const own = ctx.strokeStyle,
          thick = 1.6 * studio.scale;
        Object.assign(ctx, { strokeStyle: ink(["good", "urgent", "critical"][level]), lineWidth: thick });
        for (let ring = 0; ring < level; ring++) {
          const grown = ring * thick * 2.4,
            w = width + size * 0.8 + grown * 2,
            h = size * 1.25 + grown * 2;
          ctx.beginPath();
          ctx.roundRect(x - w / 2, y - h / 2, w, h, h / 2);
          ctx.stroke();
        }
        Object.assign(ctx, { strokeStyle: own, lineWidth: 3.5 * studio.scale });
      },
    };
  };
})();
