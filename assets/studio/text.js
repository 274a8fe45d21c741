/* The border of the chosen precinct in words, as a decision of the akim names it: in both languages of the
   law, to be copied. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const { byId } = ikomek;

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word,
      node = ikomek.node;
    const newest = ikomek.latest();
    let spoken = ikomek.language === "kk" ? "kk" : "ru";

    function readText() {
      const element = byId("studio-text"),
        precinct = studio.plan.precincts.get(studio.selected);
      if (!precinct) {
        newest.forget();
        element.replaceChildren();
        return;
      }
      newest.ask(
        () => studio.read(`text?number=${precinct.number}&lang=${spoken}`),
        (answer) => showText(precinct, answer),
      );
    }

    function showText(precinct, answer) {
      const element = byId("studio-text");
      element.replaceChildren();
      if (answer.error) return;
      element.append(
        node(
          "header",
          { class: "studio-text-head" },
          node("h2", { text: word("studio.text", { number: precinct.number }) }),
          ...["kk", "ru"].map((lang) =>
            node("button", {
              type: "button",
              class: "studio-button",
              lang,
              "aria-pressed": String(lang === spoken),
              text: word(`studio.text.${lang}`),
              click: () => {
                spoken = lang;
                readText();
              },
            }),
          ),
          node("button", {
            type: "button",
            class: "studio-button",
            id: "studio-copy",
            text: word("studio.copy"),
            click: () => copy(answer.lines),
          }),
        ),
        node(
          "div",
          { lang: spoken },
          ...answer.lines.map((line) => node("p", { text: `${line};` })),
          answer.untold > 0 &&
            node("p", { class: "studio-quiet", text: word("studio.untold", { n: answer.untold }) }),
        ),
      );
    }

    async function copy(lines) {
      try {
        await navigator.clipboard.writeText(lines.map((line) => `${line};`).join("\n"));
        studio.announce(word("studio.copied"), "done");
      } catch {
        window.getSelection().selectAllChildren(byId("studio-text").lastElementChild);
        studio.announce(word("studio.copy.by_key"), "hint");
      }
    }

    studio.hear("select", readText);
    studio.hear("plan", ({ touched }) => {
      if (touched.includes(studio.selected)) readText();
    });
  });
})();
