"""The shift against EEMUA 191: alarms in each ten minutes, how their priorities share, how soon they were
acknowledged."""

from __future__ import annotations

from datetime import datetime, timedelta

from dash import html

from dashboard.formats import number, span
from dashboard.pages.alarms.rows import ShownAlarms
from dashboard.words import word
from geo.incidents.model import PRIORITIES
from layers.alarms import BUCKET, FLOOD, SHIFT, AlarmList, ShiftRate

TARGETS = {0: 80, 1: 15, 2: 5}
"""Per cent of the alarms of each priority, by EEMUA 191."""
HIGHEST = 2.5
"""The bars reach this many times a flood: the two lines stay apart, and what is higher says its number."""
EVERY_H = 2
"""Between two times under the bars."""


def tiles(found: AlarmList, shown: ShownAlarms) -> html.Div:
    return html.Div(
        [_rate(found.rate, shown), _priorities(found.rate), _quality(found, shown)], className="alarms-tiles"
    )


def _rate(rate: ShiftRate, shown: ShownAlarms) -> html.Section:
    """One is good, more than ten a flood; what is over ten stands apart."""
    most = min(max(FLOOD * 1.3, *rate.buckets), FLOOD * HIGHEST)
    facts = (
        ("total", word("alarms.rate.total", hours=SHIFT // timedelta(hours=1)), number(rate.total)),
        ("mean", word("alarms.rate.mean"), number(rate.total / len(rate.buckets), 1)),
        ("share", word("alarms.rate.share"), word("number.percent", share=number(rate.in_flood * 100, 1))),
    )
    texts = [html.Span([name, " ", html.Strong(value)], **{"data-fact": key}) for key, name, value in facts]
    lines = {"--good": f"{1 / most:.3f}", "--limit": f"{FLOOD / most:.3f}"}
    return html.Section(
        [
            html.Div(
                [html.H2(word("alarms.rate", minutes=BUCKET // timedelta(minutes=1))), *texts],
                className="alarms-tile-head",
            ),
            html.Div(
                [
                    *[_bar(rate, bucket, most, shown) for bucket in range(len(rate.buckets))],
                    html.Span(f"{number(FLOOD)} · {word('alarms.rate.limit')}", className="alarms-limit"),
                    html.Span(f"{number(1)} · {word('alarms.rate.good')}", className="alarms-good"),
                    *_peak(rate, most),
                ],
                className="alarms-rate",
                style=lines,
                **{"aria-hidden": "true"},
            ),
            html.Div(_times(rate, shown), className="alarms-times", **{"aria-hidden": "true"}),
        ]
    )


def _bar(rate: ShiftRate, bucket: int, most: float, shown: ShownAlarms) -> html.A:
    """Opens the journal of its ten minutes."""
    n, at = rate.buckets[bucket], rate.begins + bucket * BUCKET
    return html.A(
        html.I(
            style={
                "--n": f"{min(n, FLOOD) / most:.3f}",
                "--over": f"{max(min(n, most) - FLOOD, 0) / most:.3f}",
            },
            **({"data-over": "yes"} if n > FLOOD else {}),
        ),
        href=f"/alarms?show=journal&at={int(at.timestamp())}",
        title=f"{_clock(at, shown)} · {number(n)}",
        tabIndex="-1",
    )


def _peak(rate: ShiftRate, most: float) -> list:
    """The number of the highest bar, beside its flood."""
    highest = max(rate.buckets)
    if highest <= FLOOD:
        return []
    first = last = rate.buckets.index(highest)
    while first and rate.buckets[first - 1] > FLOOD:
        first -= 1
    while last + 1 < len(rate.buckets) and rate.buckets[last + 1] > FLOOD:
        last += 1
    side = "left" if first + last > len(rate.buckets) else "right"
    point = ((first if side == "left" else last) + 0.5) / len(rate.buckets)
    text = word("alarms.rate.peak", n=highest)
    return [
        html.Span(
            text,
            className="alarms-peak",
            style={"--at": f"{point:.4f}", "--top": f"{min(highest / most, 1):.3f}"},
            **{"data-side": side},
        )
    ]


def _times(rate: ShiftRate, shown: ShownAlarms) -> list:
    """Labels of the time axis: the city's clock, every second hour."""
    out = []
    for bucket in range(len(rate.buckets)):
        local = (rate.begins + bucket * BUCKET).astimezone(shown.zone)
        if local.minute == 0 and local.hour % EVERY_H == 0:
            point = bucket / len(rate.buckets)
            out.append(html.Span(local.strftime("%H:%M"), style={"--at": f"{point:.4f}"}))
    return out


def _clock(at: datetime, shown: ShownAlarms) -> str:
    return at.astimezone(shown.zone).strftime("%H:%M")


def _priorities(rate: ShiftRate) -> html.Section:
    rows = []
    for level, target in TARGETS.items():
        share = 100 * rate.priorities[level] / rate.total if rate.total else 0
        name, n = word(f"duty.priority.{PRIORITIES[level]}"), number(rate.priorities[level])
        rows.append(
            html.Li(
                [
                    html.Span([name, " ", n]),
                    html.Span(
                        [
                            html.Strong(word("number.percent", share=number(share))),
                            " ",
                            word("alarms.target", target=target),
                        ]
                    ),
                    html.I(
                        className="alarms-bar", style={"--share": f"{share:.1f}%", "--target": f"{target}%"}
                    ),
                ]
            )
        )
    title = word("alarms.priorities")
    return html.Section([html.H2(title), html.Ul(rows, className="alarms-priorities")])


def _quality(found: AlarmList, shown: ShownAlarms) -> html.Section:
    rate = found.rate
    often = rate.rules.most_common(1)
    most = f"{shown.name(often[0][0])} · {number(often[0][1])}" if often else "–"
    facts = (
        ("to_acknowledge", "–" if rate.to_acknowledge_s is None else span(rate.to_acknowledge_s)),
        ("soon", "–" if rate.soon is None else word("number.percent", share=number(rate.soon * 100))),
        ("chatter", number(rate.chatter)),
        ("standing", number(found.standing)),
        ("most", most),
    )
    rows = [html.Div([html.Dt(word(f"alarms.quality.{name}")), html.Dd(value)]) for name, value in facts]
    return html.Section([html.H2(word("alarms.quality")), html.Dl(rows)])
