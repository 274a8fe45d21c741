"""Keys of one letter or digit that act at once do nothing while something is typed, held down, or a dialog is
open, whatever page it is."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.assets.strain import plain_page  # noqa: F401 - a fixture
from tests.support.web import Server

PAGES = ("/map", "/buildings", "/precincts", "/alarms", "/rating", "/statistics", "/vote", "/feeds")
TYPED = """() => {
    const keys = [...'0123456789'].map((key) => [key, `Digit${key}`])
        .concat([...'abcdefghijklmnopqrstuvwxyz'].map((key) => [key, `Key${key.toUpperCase()}`]));
    const editable = Object.assign(document.createElement('div'), { contentEditable: 'true' });
    document.querySelector('#page').append(editable);
    const taken = [];
    function press(place, name, more) {
        for (const [key, code] of keys) {
            const init = { key, code, bubbles: true, cancelable: true, ...more },
                event = new KeyboardEvent('keydown', init);
            if (!place.dispatchEvent(event)) taken.push(`${name}: ${key}`);
        }
    }
    const fields = [...document.querySelectorAll('input:not([type=range]), textarea, select'), editable];
    for (const field of fields) press(field, field.id || field.name || field.tagName);
    for (const more of ['ctrlKey', 'metaKey', 'altKey'])
        press(document.body, more, { [more]: true });
    editable.remove();
    const dialog = document.createElement('dialog'), button = document.createElement('button');
    dialog.append(button);
    document.querySelector('#page').append(dialog);
    dialog.showModal();
    press(button, 'dialog');
    dialog.remove();
    return taken.filter((one) => !one.startsWith('ctrlKey: z') && !one.startsWith('metaKey: z')
        && !one.startsWith('ctrlKey: y') && !one.startsWith('metaKey: y'));
}"""
"""The keys that the page took (it then prevents what the browser does) in the fields and dialogs that are
there and in one of each kind. Ctrl+Z and Ctrl+Y are the studio's own."""


def test_no_key_acts_while_something_is_typed_or_a_dialog_is_open(
    demo_server: Server,
    plain_page: Page,
) -> None:
    demo_server.sign_in(plain_page)
    taken = {}
    for path in PAGES:
        plain_page.goto(demo_server.url + path)
        plain_page.wait_for_function(
            "() => document.querySelector('#shell-clock time') && !document.querySelector('.shell-wait')"
        )
        plain_page.evaluate("() => ikomek.words.then(() => true)")
        if found := plain_page.evaluate(TYPED):
            taken[path] = found
    assert taken == {}
