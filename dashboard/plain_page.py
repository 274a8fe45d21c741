"""Pages without Dash: the sign-in pages, recovery codes, and a refusal in words. No script but that of
passkeys; everything put into them is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

from dashboard.words import word
from geo.accounts.half_sessions import Ways
from geo.accounts.passwords import SHORTEST
from geo.settings import City

STYLES = ("tokens", "base", "shell", "sign_in")
MARK = (
    '<svg class="sign-in-mark" viewBox="0 0 124 28" aria-hidden="true"><circle cx="14" cy="14" '
    'r="9"/><rect x="37" y="5.5" width="17" height="17"/>'
    '<path d="M78 4.5 88.5 22.5h-21z"/><path d="M110 3.5 120.5 14 110 24.5 99.5 14z"/></svg>'
)
"""The four shapes of the map: inquiry, police, emergency, offence."""


def document(title: str, body: str, lang: str, again_s: int | None = None, script: str | None = None) -> str:
    """A whole page. `body` is HTML already. `again_s`: the page loads itself again after that many
    seconds. `script`: one of `assets`."""
    sheets = "".join(f'<link rel="stylesheet" href="/assets/{name}.css">' for name in STYLES)
    script = f'<script src="/assets/{script}.js" defer></script>' if script else ""
    again = f'<meta http-equiv="refresh" content="{again_s}">' if again_s else ""
    return (
        f'<!doctype html><html lang="{lang}" data-lang="{lang}"><head><meta charset="utf-8">{again}'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" '
        'href="/assets/favicon.svg">'
        f'<title>{escape(title)}</title>{sheets}{script}</head><body class="plain">{body}</body></html>'
    )


def message(text: str, lang: str, again_s: int | None = None, letter_share: float | None = None) -> str:
    """One sentence and the way back. `letter_share`: on a wall's screen, the size of its letters as a
    share of its height."""
    product = escape(word("shell.product", lang))
    home = "" if again_s else f'<a class="plain-home" href="/">{escape(word("shell.home", lang))}</a>'
    large = f' plain-wall" style="--letter-share: {letter_share:.4f}' if letter_share else ""
    body = (
        f'<main class="plain-card{large}"><p class="plain-product">{product}</p><h1 '
        f'class="plain-text">{escape(text)}</h1>{home}</main>'
    )
    return document(word("shell.product", lang), body, lang, again_s)


def sign_in(
    lang: str,
    city: City,
    next_path: str,
    name: str = "",
    error: str | None = None,
    providers: Sequence[tuple[str, str]] = (),
    warnings: Sequence[str] = (),
    again: bool = False,
) -> str:
    """The sign-in form; `error` and `warnings` are sentences to show above it, `providers` (key, name) are
    those of OpenID Connect, a button each. `again`: for somebody who is signed in."""

    def text_of(key: str, **parameters: object) -> str:
        return escape(word(key, lang, **parameters))

    warned = f'<p class="sign-in-error" role="alert" id="sign-in-error">{escape(error)}</p>' if error else ""
    warned = "".join(f'<p class="sign-in-warning">{escape(one)}</p>' for one in warnings) + warned
    described = ' aria-describedby="sign-in-error" aria-invalid="true"' if error else ""
    target = urlencode({"next": next_path} | ({"again": 1} if again else {}))
    focus_name, focus_password = ("", " autofocus") if name else (" autofocus", "")
    body = f"""
<main class="sign-in">
  <header class="sign-in-head">
    {MARK}<h1>{text_of("shell.product")}</h1><p>{text_of("shell.centre", city=city.names[lang])}</p>
  </header>
  <form class="sign-in-form" method="post" action="/sign-in">
    <h2>{text_of("sign_in.title")}</h2>{warned}
    <input type="hidden" name="next" value="{escape(next_path)}">
    <label>{text_of("sign_in.name")}<input name="name" value="{escape(name)}" autocomplete="username"
      autocapitalize="none" spellcheck="false" required maxlength="64"{described}{focus_name}></label>
    <label>{text_of("sign_in.password")}<input name="password" type="password" autocomplete="current-password"
      required maxlength="256"{described}{focus_password}></label>
    <button type="submit">{text_of("sign_in.enter")}</button>
    {_provider_links(lang, target, providers)}
    <p class="sign-in-help">{text_of("sign_in.help")}</p>
  </form>
  <nav class="sign-in-languages" aria-label="{text_of("shell.language")}">
    {_languages(lang, city.languages, target)}
  </nav>
</main>"""
    return document(f"{word('sign_in.title', lang)} · {word('shell.product', lang)}", body, lang)


def _provider_links(lang: str, target: str, providers: Sequence[tuple[str, str]]) -> str:
    return "".join(
        f'<a class="sign-in-provider" href="/sign-in/with/{key}?{escape(target)}">'
        f"{escape(word('sign_in.with', lang, name=name))}</a>"
        for key, name in providers
    )


def sign_in_factor(lang: str, next_path: str, ways: Ways, error: str | None = None) -> str:
    """The forms for the second factor: a passkey where there is one for this host, the code of an app."""
    warned = f'<p class="sign-in-error" role="alert" id="sign-in-error">{escape(error)}</p>' if error else ""
    passkey = _passkey_form(lang, next_path, ways) if ways.passkey or ways.elsewhere else ""
    code = _code_form(lang, next_path, bool(error), focus=not ways.passkey) if ways.code else ""
    body = f"""
<main class="sign-in">
  <header class="sign-in-head">{MARK}<h1>{escape(word("shell.product", lang))}</h1></header>
  {warned}{passkey}{code}
  <p class="sign-in-help">{escape(word("sign_in.code.help", lang))}</p>
  <p class="sign-in-help"><a href="/sign-in">{escape(word("sign_in.again", lang))}</a></p>
</main>"""
    title = f"{word('sign_in.factor', lang)} · {word('shell.product', lang)}"
    return document(title, body, lang, script="passkeys" if ways.passkey else None)


def _code_form(lang: str, next_path: str, wrong: bool, focus: bool) -> str:
    state = ' aria-describedby="sign-in-error" aria-invalid="true"' if wrong else ""
    state += " autofocus" if focus else ""
    return f"""
  <form class="sign-in-form" method="post" action="/sign-in/code">
    <h2>{escape(word("sign_in.code", lang))}</h2>
    <input type="hidden" name="next" value="{escape(next_path)}">
    <label>{escape(word("sign_in.code.field", lang))}<input name="code" autocomplete="one-time-code"
      autocapitalize="none" spellcheck="false" required maxlength="40"{state}></label>
    <button type="submit">{escape(word("sign_in.enter", lang))}</button>
  </form>"""


def _passkey_form(lang: str, next_path: str, ways: Ways) -> str:
    """`assets/passkeys.js` asks the browser for a passkey, and sends the form with its answer."""
    title = escape(word("sign_in.passkey", lang))
    if not ways.passkey:
        about = escape(word("sign_in.passkey.elsewhere", lang, hosts=", ".join(ways.elsewhere)))
        return f'<section class="sign-in-form"><h2>{title}</h2><p>{about}</p></section>'
    attributes = " ".join(
        f'{name}="{escape(value)}"' for name, value in passkey_attributes("get", lang).items()
    )
    return f"""
  <form class="sign-in-form" method="post" action="/sign-in/passkey" {attributes}
    data-options="/sign-in/passkey/options">
    <h2>{title}</h2>
    <p class="sign-in-error" role="alert" data-trouble hidden></p>
    <p>{escape(word("sign_in.passkey.about", lang))}</p>
    <input type="hidden" name="next" value="{escape(next_path)}"><input type="hidden" name="credential">
    <button type="submit" autofocus>{escape(word("sign_in.passkey.use", lang))}</button>
  </form>"""


def passkey_attributes(act: str, lang: str | None = None) -> dict[str, str]:
    """What a form says to `assets/passkeys.js`: what it is to do ("create", "get"), and the words for what
    a browser refuses."""
    return {
        "data-passkey": act,
        "data-refused": word(f"passkey.refused.{act}", lang),
        "data-known": word("passkey.refused.known", lang),
        "data-unable": word("passkey.refused.unable", lang),
    }


def reset_form(lang: str, name: str, token: str, error: str | None = None) -> str:
    """The form by which somebody with a link gives themselves a new password."""
    warned = f'<p class="sign-in-error" role="alert" id="sign-in-error">{escape(error)}</p>' if error else ""
    fields = "".join(
        f"""<label>{escape(word(f"account.password.{field}", lang))}<input name="{field}" type="password"
      autocomplete="new-password" required maxlength="256"></label>"""
        for field in ("new", "again")
    )
    body = f"""
<main class="sign-in">
  <header class="sign-in-head">{MARK}<h1>{escape(word("shell.product", lang))}</h1></header>
  <form class="sign-in-form" method="post" action="/sign-in/reset">
    <h2>{escape(word("reset.title", lang, name=name))}</h2>{warned}
    <p>{escape(word("account.password.about", lang, shortest=SHORTEST))}</p>
    <input type="hidden" name="token" value="{escape(token)}">
    <input type="hidden" name="username" value="{escape(name)}" autocomplete="username">
    {fields}
    <button type="submit">{escape(word("account.password.change", lang))}</button>
    <p class="sign-in-help">{escape(word("reset.help", lang))}</p>
  </form>
</main>"""
    return document(f"{word('account.password', lang)} · {word('shell.product', lang)}", body, lang)


def reset_link(lang: str, name: str, link: str, hours: int) -> str:
    """What is shown once, to the administrator who made it."""
    body = f"""
<main class="sign-in">
  <section class="sign-in-form">
    <h1>{escape(word("reset.link", lang, name=name))}</h1>
    <p>{escape(word("reset.link.about", lang, hours=hours))}</p>
    <p><code class="sign-in-link">{escape(link)}</code></p>
    <a class="plain-home" href="/users">{escape(word("users.title", lang))}</a>
  </section>
</main>"""
    return document(f"{word('users.title', lang)} · {word('shell.product', lang)}", body, lang)


def recovery_codes(lang: str, codes: Sequence[str]) -> str:
    """What is shown once, after the second factor was confirmed."""
    listed = "".join(f"<li><code>{escape(code)}</code></li>" for code in codes)
    body = f"""
<main class="sign-in">
  <section class="sign-in-form">
    <h1>{escape(word("account.codes", lang))}</h1>
    <p>{escape(word("account.codes.about", lang))}</p>
    <ol class="sign-in-codes">{listed}</ol>
    <a class="plain-home" href="/account">{escape(word("account.codes.kept", lang))}</a>
  </section>
</main>"""
    return document(f"{word('account.codes', lang)} · {word('shell.product', lang)}", body, lang)


def _languages(lang: str, languages: Sequence[str], target: str) -> str:
    """Links that show the same page in another language."""
    links = []
    for other in languages:
        here = ' aria-current="true"' if other == lang else ""
        address = escape(f"/sign-in?lang={other}&{target}")
        links.append(
            f'<a href="{address}" lang="{other}" '
            f'hreflang="{other}"{here}>{escape(word(f"language.{other}", lang))}</a>'
        )
    return "".join(links)
