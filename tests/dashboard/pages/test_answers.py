"""/answers in a browser: found while it is typed, used with an inquiry; what finds nothing goes to the
editors, who write an answer; its history shows what was changed; on a phone one thing at a time."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import text

from geo.answers.file import import_articles
from geo.database import connect_engine
from geo.settings import Settings
from tests.geo.answers.test_answers import CATEGORIES, article
from tests.support.web import Server


def fill(settings: Settings) -> None:
    engine = connect_engine(settings, "owner")
    with engine.begin() as connection:
        connection.execute(text(CATEGORIES))
        import_articles(connection, settings.city, [article(settings.city.today())], "dana")
    engine.dispose()


def counted(settings: Settings, table: str) -> list[tuple]:
    engine = connect_engine(settings, "owner")
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(f"select * from {table}"))]
    engine.dispose()
    return rows


def open_page(server: Server, page: Page, role: str, address: str = "/answers") -> None:
    server.sign_in(page, role)
    page.goto(server.url + address)
    page.wait_for_function("() => window.ikomek?.words && document.querySelector('#answers-field')")


def test_an_operator_finds_an_answer_and_an_editor_writes_the_missing_one(
    server: Server, settings: Settings, browser_page: Page
) -> None:
    page = browser_page
    fill(settings)
    open_page(server, page, "operator")
    page.locator("#answers-field").fill("холодна")
    expect(page.locator(".answers-list li")).to_have_count(1)
    expect(page.locator(".answers-article h2")).to_have_text("The flat is cold")
    page.locator('[data-name="inquiry"]').fill("109-26-1")
    page.locator('[data-take="yes"]').click()
    expect(page.locator("#answers-message")).to_have_text("Counted")
    expect(page.locator(".answers-list")).to_contain_text("used 1 time")
    page.locator("#answers-field").fill("батарейки & лампы 87011234567")
    page.locator("#answers-missing").click()
    expect(page.locator("#answers-message")).to_have_text("The editors are told")
    [use] = counted(settings, "answer_use")
    assert use[3:6] == (1, "109-26-1", True)
    page.goto(server.url + "/answers?show=edit")
    expect(page.locator(".answers-editing")).to_have_count(0)

    open_page(server, page, "answers_editor", "/answers?show=edit")
    expect(page.locator(".answers-questions")).to_contain_text("батареики лампы")
    page.locator(".answers-questions a").click()
    page.wait_for_function("() => document.querySelector('.answers-form [data-name=\"title_en\"]')?.value")
    for name in ("key", "title_kk", "title_ru", "body_kk", "body_ru", "body_en"):
        page.locator(f'.answers-form [data-name="{name}"]').fill("batteries" if name == "key" else "Қабылдау")
    page.locator("#answers-save").click()
    expect(page.locator(".answers-article h2")).to_have_text("батареики лампы")
    page.locator(".answers-links a").last.click()
    expect(page.locator('.answers-form [data-name="body_en"]')).to_have_value("Қабылдау")
    page.locator('.answers-form [data-name="body_en"]').fill("Any shop takes them")
    page.locator("#answers-save").click()
    page.locator(".answers-links a").first.click()
    expect(page.locator(".answers-versions ins")).to_have_text("Any shop takes them")
    expect(page.locator(".answers-versions del")).to_have_text("Қабылдау")


def test_on_a_phone_one_thing_at_a_time(server: Server, settings: Settings, browser_page: Page) -> None:
    page = browser_page
    fill(settings)
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(server, page, "operator")
    expect(page.locator(".answers-article")).to_be_hidden()
    page.locator(".answers-list a").click()
    expect(page.locator(".answers-article h2")).to_be_visible()
    expect(page.locator(".answers-list")).to_be_hidden()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    page.locator(".answers-close").click()
    expect(page.locator(".answers-list li")).to_have_count(1)


def test_who_may_not_edit_is_refused(server: Server, settings: Settings) -> None:
    fill(settings)
    with server.client("operator") as operator, server.client("performer") as performer:
        assert operator.post("/api/v1/answers/save", json={}).status_code == 403
        assert operator.post("/api/v1/answers/1/retire", json={"version": 1}).status_code == 403
        assert performer.post("/api/v1/answers/1/used", json={}).status_code == 403
        wrong = operator.post("/api/v1/answers/1/used", json={"inquiry": "x" * 61})
        assert (wrong.status_code, wrong.json()["error"]) == (400, "answers.body")
    assert counted(settings, "answer_use") == []
