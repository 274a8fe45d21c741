/* The executive rating of a closed month: place, post, score, its interval on one scale with the
   threshold. No colour says who is last. */
(function () {
  "use strict";
  const ikomek = window.ikomek,
    wall = ikomek.wall;
  const { word, make, fill } = wall;
  const STEP = 5;

  const rank = ({ best, worst }) => (best === worst ? `${best}` : `${best}–${worst}`);
  const month = (iso) =>
    word("date.month_year", {
      month: word(`date.month_alone.${Number(iso.slice(5, 7))}`),
      year: iso.slice(0, 4),
    });
  function axis(rows, threshold) {
    const low = Math.floor(Math.min(threshold, ...rows.map((row) => row.low)) / STEP) * STEP,
      high = Math.ceil(Math.max(threshold, ...rows.map((row) => row.high)) / STEP) * STEP;
    return (points) => `${((points - low) / Math.max(STEP, high - low)) * 100}%`;
  }
  function mark(name, left, right) {
    const element = make("i", name);
    element.style.left = left;
    if (right) element.style.width = `calc(${right} - ${left})`;
    return element;
  }
  function line(row, at, threshold) {
    const element = make(
      "li",
      row.name == null ? "unnamed" : "",
      make("div", "n", rank(row)),
      make("div", "name", row.name ?? word("wall.rating.unnamed")),
      make(
        "div",
        "track",
        mark("threshold", at(threshold)),
        mark("whisker", at(row.low), at(row.high)),
        mark("dot", at(row.score)),
      ),
      make("div", "value", ikomek.number(row.score, 1)),
    );
    /* Where one post does not fit beside its place and score, every one stands below them: rows that are
       read against one another are built alike. */
    const stack = (below) => () => element.parentElement.classList.toggle("stacked", below);
    element.forms = [stack(false), stack(true)];
    element.isLong = () => false;
    return element;
  }
  wall.panels.rating = {
    feeds: () => [],
    draw(panel) {
      if (!panel.list) panel.body.append((panel.list = make("ol", "wall-rating")));
      const { month: closed, rows, threshold } = panel.figures;
      fill(panel.list, `${ikomek.language}${JSON.stringify(panel.figures)}`, () => {
        if (!rows.length) return [make("li", "none", word("wall.rating.none"))];
        const at = axis(rows, threshold);
        return rows.map((row) => line(row, at, threshold));
      });
      if (!closed) return wall.sayBeside(panel, []);
      /* How many there are: rows that do not fit are not there. */
      const given = { month: month(closed), count: ikomek.number(rows.length) },
        of = word("wall.rating.count", { ...given, threshold: ikomek.number(threshold) });
      wall.sayBeside(panel, [of, ...wall.readWords(panel)]);
    },
  };
})();
