/* A view of boxes and words as a picture: what is seen of it is painted once more, box by box and word by
   word, so that the picture says what the page says. What only leads elsewhere (buttons, files) is left out.

   Painted are the backgrounds, borders, circles, polygons and words that the views of statistics have; a new
   kind of box that none of them has yet is added to `paint`. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const MARGIN_PX = 12,
    PICTURE_PX = 2;
  const LEFT_OUT = "button, .button, .statistics-switch";
  const SIDES = {
    Top: ({ left, top, right }) => [left, top, right, top],
    Bottom: ({ left, right, bottom }) => [left, bottom, right, bottom],
    Left: ({ left, top, bottom }) => [left, top, left, bottom],
  };

  const isSeen = (colour) => colour !== "transparent" && !/, 0\)$/.test(colour);
  const number = (text) => Number.parseFloat(text) || 0;

  /* Of "10% calc(20% - 1px)" along sides of so many pixels: a point. */
  const along = (text, whole) =>
    [...text.matchAll(/([+-]?)\s*([\d.]+)(%|px)/g)].reduce(
      (sum, [, sign, n, unit]) =>
        sum + (sign === "-" ? -1 : 1) * Number(n) * (unit === "%" ? whole / 100 : 1),
      0,
    );
  function polygon(ink, corners, { left, top, width, height }) {
    corners.split(/,\s*(?![^(]*\))/).forEach((corner, at) => {
      const [, x, y] = corner.trim().match(/^(calc\([^)]*\)|\S+)\s+(.+)$/),
        point = [left + along(x, width), top + along(y, height)];
      if (at) ink.lineTo(...point);
      else ink.moveTo(...point);
    });
  }

  /* `box`: where it lies; `style`: its own, or that of what stands before it. */
  function paint(ink, box, style) {
    const round = style.borderRadius === "50%",
      inner = round ? number(style.borderTopWidth) : 0;
    if (isSeen(style.backgroundColor)) {
      ink.fillStyle = style.backgroundColor;
      ink.beginPath();
      const corners = style.clipPath.match(/^polygon\((.*)\)$/);
      if (corners) polygon(ink, corners[1], box);
      else if (round)
        ink.arc(box.left + box.width / 2, box.top + box.height / 2, box.width / 2 - inner, 0, 2 * Math.PI);
      else ink.rect(box.left, box.top, box.width, box.height);
      ink.fill();
    }
    if (style.outlineStyle === "solid" && round) ring(ink, box, style);
    if (!round) Object.entries(SIDES).forEach(([side, line]) => border(ink, side, line(box), style));
  }
  function ring(ink, box, style) {
    ink.strokeStyle = style.outlineColor;
    ink.lineWidth = number(style.outlineWidth);
    ink.beginPath();
    const radius = box.width / 2 + number(style.outlineOffset) + ink.lineWidth / 2;
    ink.arc(box.left + box.width / 2, box.top + box.height / 2, radius, 0, 2 * Math.PI);
    ink.stroke();
  }
  function border(ink, side, [x, y, toX, toY], style) {
    const width = number(style[`border${side}Width`]),
      colour = style[`border${side}Color`];
    if (!width || style[`border${side}Style`] === "none" || !isSeen(colour)) return;
    ink.strokeStyle = colour;
    ink.lineWidth = width;
    ink.setLineDash(style[`border${side}Style`] === "dashed" ? [4 * width, 3 * width] : []);
    ink.beginPath();
    ink.moveTo(x, y);
    ink.lineTo(toX, toY);
    ink.stroke();
    ink.setLineDash([]);
  }

  /* A word keeps its place whatever line it stands in. */
  function write(ink, text, style) {
    ink.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    ink.fillStyle = style.color;
    const range = document.createRange();
    for (const { 0: word, index } of text.data.matchAll(/\S+/g)) {
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      const { left, top, width, height } = range.getBoundingClientRect(),
        { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = ink.measureText(word);
      if (width) ink.fillText(word, left, top + (height - up - down) / 2 + up, width);
    }
  }

  function before(ink, element, box) {
    const style = getComputedStyle(element, "::before");
    if (style.content !== '""' || !isSeen(style.backgroundColor)) return;
    const { e: x, f: y } = new DOMMatrix(style.transform);
    const [left, top] = [box.left + number(style.left) + x, box.top + number(style.top) + y],
      [width, height] = [number(style.width), number(style.height)];
    paint(ink, { left, top, width, height, right: left + width, bottom: top + height }, style);
  }

  function walk(ink, element) {
    const style = getComputedStyle(element),
      box = element.getBoundingClientRect();
    if (element.matches(LEFT_OUT) || style.display === "none" || style.clipPath === "inset(50%)") return;
    paint(ink, box, style);
    before(ink, element, box);
    if (number(style.fontSize))
      for (const node of element.childNodes) {
        if (node instanceof Text) write(ink, node, style);
        else if (node instanceof HTMLElement) walk(ink, node);
      }
  }

  /* The view as an image of twice its pixels, with a margin. */
  ikomek.picture = function (view) {
    const { left, top, width, height } = view.getBoundingClientRect(),
      canvas = document.createElement("canvas"),
      ink = canvas.getContext("2d");
    canvas.width = (width + 2 * MARGIN_PX) * PICTURE_PX;
    canvas.height = (height + 2 * MARGIN_PX) * PICTURE_PX;
    ink.scale(PICTURE_PX, PICTURE_PX);
    ink.fillStyle = getComputedStyle(document.body).backgroundColor;
    ink.fillRect(0, 0, width + 2 * MARGIN_PX, height + 2 * MARGIN_PX);
    ink.translate(MARGIN_PX - left, MARGIN_PX - top);
    walk(ink, view);
    return canvas;
  };
})();
