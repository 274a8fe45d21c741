"""The time machine below the map: a day with its incidents, a slider by the minute, play, and the way back to
now. `assets/duty/machine.js` moves it; the moment stands in the address (`layers.incidents.moment`)."""

from __future__ import annotations

from dash import html

from dashboard.words import word

SPEEDS = (1, 10, 60, 300, 600)
"""Seconds of then in a second of now."""
FIRST_SPEED = 60
HOURS = tuple(range(0, 24, 3))


def layout() -> html.Section:
    return html.Section(
        [_controls(), _day(), _now()],
        id="duty-machine",
        className="duty-machine",
        **{"aria-label": word("duty.machine")},
    )


def banner() -> html.Div:
    """The banner over the map while it shows a past moment."""
    return html.Div(id="duty-past", className="duty-past", role="status", hidden=True)


def _controls() -> html.Div:
    speeds = [
        html.Button(
            f"{speed}×",
            className="duty-speed",
            title=word("duty.machine.speed", n=speed),
            **{
                "data-speed": str(speed),
                "aria-label": word("duty.machine.speed", n=speed),
                "aria-pressed": str(speed == FIRST_SPEED).lower(),
            },
        )
        for speed in SPEEDS
    ]
    return html.Div(
        [
            html.Div(
                [
                    html.Button(
                        html.I(**{"aria-hidden": "true"}),
                        id="duty-play",
                        className="duty-play",
                        title=word("duty.machine.play.title"),
                        **{
                            "aria-label": word("duty.machine.play"),
                            "aria-keyshortcuts": "Space",
                            "aria-pressed": "false",
                        },
                    ),
                    html.Div(
                        [
                            html.Strong(word("duty.machine")),
                            html.Span(
                                [html.Kbd("Space"), html.Kbd("←"), html.Kbd("→")], **{"aria-hidden": "true"}
                            ),
                        ],
                        className="duty-machine-name",
                    ),
                ],
                className="duty-machine-head",
            ),
            html.Div(
                speeds, className="duty-speeds", role="group", **{"aria-label": word("duty.machine.speeds")}
            ),
        ],
        className="duty-machine-controls",
    )


def _day() -> html.Div:
    step = {
        name: html.Button(
            mark,
            id=f"duty-day-{name}",
            className="duty-day-step",
            title=word(f"duty.machine.day.{name}"),
            **{"aria-label": word(f"duty.machine.day.{name}")},
        )
        for name, mark in (("before", "‹"), ("after", "›"))
    }
    return html.Div(
        [
            html.Div(
                [
                    step["before"],
                    html.Span(id="duty-day-field", className="duty-day-field"),
                    step["after"],
                    html.Span(id="duty-day-most", className="duty-quiet"),
                    html.Span(id="duty-day-usual", className="duty-day-usual"),
                    html.Span(id="duty-day-compared", className="duty-day-compared", role="status"),
                ],
                className="duty-day-head",
            ),
            html.Div(
                [
                    html.Div(id="duty-day-chart", className="duty-day-chart", **{"aria-hidden": "true"}),
                    html.Div(id="duty-slider-slot"),
                ],
                className="duty-day-track",
            ),
            html.Div(
                [html.Span(f"{hour:02}:00", style={"left": f"{hour / 24 * 100:.2f}%"}) for hour in HOURS],
                className="duty-day-hours",
                **{"aria-hidden": "true"},
            ),
        ],
        className="duty-day",
    )


def _now() -> html.Div:
    return html.Div(
        [
            html.Button(
                [html.Span(word("duty.machine.now")), html.Kbd("0", **{"aria-hidden": "true"})],
                id="duty-now",
                className="duty-act",
                title=word("duty.machine.now.title"),
                **{"aria-keyshortcuts": "0"},
            ),
            html.Button(
                word("duty.machine.then"),
                id="duty-then",
                className="duty-act",
                title=word("duty.machine.then.title"),
                hidden=True,
                **{"aria-pressed": "false"},
            ),
            html.Span(id="duty-machine-message", className="duty-quiet", role="status"),
        ],
        className="duty-machine-now",
    )
