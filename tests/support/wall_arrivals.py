"""What a wall is laid out for comes in any order and more than once: letters, figures, names, rows, sizes.
Once all is there the layout is that of what is there, and of nothing that was before."""

from __future__ import annotations

from random import Random

from playwright.sync_api import Page

from tests.support.wall_boxes import ALONE, READY, SIZES, Case

HOLD = """() => {
    const { incidents } = ikomek.live, { panels } = ikomek.wall.state, now = ikomek.live.serverNow();
    const rows = [...incidents.values()].map((one, i) => ({ ...one, title: ['Пожар', 'Нет освещения во дворе',
        'Прорыв теплотрассы у дома', one.title][i % 4] }));
    ikomek.live.serverNow = () => now;
    Object.defineProperty(ikomek.live, 'awaited', { get: () => 0 });
    Object.defineProperty(ikomek.wall.state, 'lostAt', { get: () => null, set() {} });
    ikomek.staleFeeds = () => new Set();
    ikomek.feedIsStale = () => false;
    window.dash_clientside.ikomek.showPicture = () => window.dash_clientside.no_update;
    window.arrived = { now, rows, figures: panels.map((panel) => panel.figures) };
}"""
"""The clock stands, nothing more comes from the server: what is there now, with titles long and short, is
the end of every order."""
ARRIVE = """async ({ steps, share, critical }) => {
    const wall = document.getElementById('wall'), { incidents } = ikomek.live, { state } = ikomek.wall,
        { rows, figures, now } = window.arrived;
    const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const draw = () => { state.drawn = -Infinity; ikomek.wall.redraw(); };
    const put = (some) => {
        incidents.clear();
        for (const one of some) if (critical || one.priority < 2) incidents.set(one.id, one);
    };
    const figure = (of) => state.panels.forEach((panel, i) => {
        panel.figures = of(figures[i]);
        panel.readAt = now / 1000 - 1;
    });
    const can = {
        letters: (value) => wall.style.setProperty('--letter-share', value),
        width: (value) => { wall.style.width = value; },
        height: (value) => { wall.style.flex = value ? `0 0 ${value}` : ''; },
        font: (value) => {
            wall.style.fontFamily = value;
            document.fonts.dispatchEvent(new Event('loadingdone'));
        },
        some: (nth) => put(rows.filter((_, i) => i % nth === 0)),
        none: () => incidents.clear(),
        unread: () => figure(() => null),
        unnamed: () => figure((one) => one && { ...one, named: {} }),
        old: () => state.panels.forEach((panel) => { panel.readAt = now / 1000 - 600; }),
        arrange: () => ikomek.wall.arrange(state.t),
        frame,
    };
    for (const [name, value] of steps) {
        await can[name](value);
        if (name !== 'arrange') draw();
    }
    can.width('');
    can.height('');
    can.font('');
    can.letters(share);
    put(rows);
    figure((one) => one);
    const wanted = rows.filter((one) => critical || one.priority < 2);
    const isHeld = () => incidents.size === wanted.length && wanted.every((one) => incidents.get(one.id) === one)
        && !state.unknown;
    const until = performance.now() + 60e3;
    for (let calm = 0; calm < 2; calm = isHeld() && ikomek.wall.isArranged() ? calm + 1 : 0) {
        if (performance.now() > until)
            throw new Error(`never arranged: ${ikomek.wall.unsettled()}, held: ${isHeld()}`);
        if (!isHeld()) put(rows);
        draw();
        await frame();
    }
    const at = (one) => { const box = one.getBoundingClientRect(); return ['left', 'top', 'width', 'height']
        .map((side) => Math.round(box[side])).join(); };
    const views = [...ikomek.maps].map(([id, { map, smallest }]) =>
        `${id} ${map.getCenter().lat.toFixed(4)} ${map.getCenter().lng.toFixed(4)} ${map.getZoom()} letter ${smallest}`);
    return [...wall.querySelectorAll('[data-panel], .wall-card, .wall-figure, li, .wall-card *, .shell-banner')]
        .filter((one) => one.checkVisibility())
        .map((one) => `${one.dataset.kind || one.className || one.tagName} ${at(one)} ${one.children.length
            ? '' : one.textContent}`).concat(views);
}"""  # noqa: E501
"""Go through the steps, then to the end; what stands where in it, and what the maps show. What the page
hears by itself meanwhile (a snapshot after a pause, a connection that is lost on a busy machine) belongs to
no order: it is waited out, and the rows are put back."""


def hold(page: Page, case: Case) -> None:
    """Show a scene of the open wall (`wall_boxes.open_language`) and hold what it knows."""
    width, height = SIZES[case.size]
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function("() => window.ikomek?.wallConductor?.show", timeout=60_000)
    page.evaluate(ALONE, case.scene)
    page.wait_for_function(READY, arg=case.scene, timeout=120_000)
    page.evaluate(HOLD)


def steps(random: Random) -> list[tuple[str, object]]:
    """Some that may come before the end."""
    values = {
        "letters": lambda: f"{random.uniform(0.015, 0.13):.5f}",
        "width": lambda: f"{random.randrange(600, 1900)}px",
        "height": lambda: f"{random.randrange(300, 1000)}px",
        "font": lambda: random.choice(("monospace", "serif")),
        "some": lambda: random.randrange(2, 6),
    }
    names = (*values, "none", "unread", "unnamed", "old", "arrange", "frame")
    chosen = random.choices(names, k=random.randrange(1, 7))
    return [(name, values.get(name, lambda: None)()) for name in chosen]


def arrive(page: Page, case: Case, before: list[tuple[str, object]]) -> list[str]:
    """The layout at the end, after these steps."""
    layout = {"steps": before, "share": f"{case.letter_share:.5f}", "critical": case.critical}
    return page.evaluate(ARRIVE, layout)
