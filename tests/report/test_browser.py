"""The report in a browser: what a reader points at and clicks on does what the page says."""

import functools
import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium here: apt-get install chromium"
)
WIDE, NARROW = 1400, 480


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # as root, in a container, the sandbox of Chromium cannot be set up
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, report_page):
    """Open the report; at the end nothing may have been logged or asked of a network."""
    heard, asked, contexts = [], [], []

    def open_page(width=WIDE, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(report_page.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert heard == []
    assert {url for url in asked if not url.startswith("data:")} == {report_page.as_uri()}


def cells(page, row=1):
    return page.locator(f"#particles-table tbody tr:nth-child({row}) td").all_inner_texts()


def column(page, title):
    at = page.locator("#particles-table th").all_inner_texts().index(title)
    return page.locator(f"#particles-table tbody td:nth-child({at + 1})").all_inner_texts()


def described(page):
    names, values = (
        page.locator("#particle dt").all_inner_texts(),
        page.locator("#particle dd").all_inner_texts(),
    )
    return dict(zip(names, values, strict=True))


def test_pointing_at_a_particle_shows_its_row(opened):
    page = opened()
    assert described(page) == {}
    page.hover(".image.current .outlines path >> nth=3")
    row = page.locator(".outlines path.hover").get_attribute("id").removeprefix("p")
    in_table = page.locator(f"#particles-table tr[data-row='{row}']")
    assert list(described(page).values()) == in_table.locator("td").all_inner_texts()
    assert "hover" in in_table.get_attribute("class")
    assert page.locator("#loupe").is_visible()
    page.hover("h1")
    assert described(page) == {}


def test_a_click_in_the_table_finds_the_particle_also_in_another_image(opened):
    page = opened()
    page.click("#particles-table th:first-child button")
    page.click("#particles-table th:first-child button")
    assert page.locator("#particles-table th:first-child").get_attribute("aria-sort") == "descending"
    name = cells(page)[0]
    assert name not in page.locator(".image.current figcaption").inner_text()
    page.click("#particles-table tbody tr:nth-child(1)")
    assert name in page.locator(".image.current figcaption").inner_text()
    chosen = page.locator(".image.current .outlines path.chosen")
    assert chosen.count() == 1
    assert described(page)["label"] == cells(page)[1]
    ring = page.locator(".image.current .ring").bounding_box()
    outline = chosen.bounding_box()
    assert ring["x"] < outline["x"]
    assert ring["x"] + ring["width"] > outline["x"] + outline["width"]


def test_a_click_on_a_particle_finds_its_row_on_another_page_of_the_table(opened):
    page = opened()
    path = page.locator(".image.current .outlines path").last
    row = path.get_attribute("id").removeprefix("p")
    assert page.locator(f"#particles-table tr[data-row='{row}']").count() == 0
    path.click()
    assert "chosen" in page.locator(f"#particles-table tr[data-row='{row}']").get_attribute("class")
    assert page.locator("#page").inner_text() != "1 of 2"


def test_a_click_in_the_gallery_finds_the_particle(opened):
    page = opened()
    tile = page.locator(".tile[data-row]").first
    tile.click()
    assert page.locator(f"#p{tile.get_attribute('data-row')}").get_attribute("class").endswith("chosen")


@pytest.mark.parametrize("title", ["label", "equivalent diameter, nm"])
def test_headings_sort_by_number(opened, title):
    page = opened()
    heading = page.get_by_role("button", name=title, exact=True)
    heading.click()
    values = [float(text) for text in column(page, title)]
    assert values == sorted(values)
    assert len(set(values)) > 5
    heading.click()
    values = [float(text) for text in column(page, title)]
    assert values == sorted(values, reverse=True)


def test_the_table_can_be_narrowed(opened):
    page = opened()
    page.select_option("#which", "excluded")
    assert "accepted" not in column(page, "verdict")
    page.select_option("#which", "accepted")
    page.check("#only-this")
    assert set(column(page, "verdict")) == {"accepted"}
    assert set(column(page, "image")) == {
        page.locator("#image-picker option").first.inner_text().partition(" ")[0]
    }
    page.click("#image-after")
    assert set(column(page, "image")) == {
        page.locator("#image-picker option").last.inner_text().partition(" ")[0]
    }
    assert page.locator("#image-after").is_disabled()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_nothing_is_wider_than_the_window(opened, width):
    page = opened(width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    # text of plots that leaves its plot would be cut off
    outside = page.evaluate(
        """() => [...document.querySelectorAll(".plot")].flatMap((plot) => {
          const frame = plot.getBoundingClientRect();
          return [...plot.querySelectorAll("text")].filter((text) => {
            const box = text.getBoundingClientRect();
            return box.left < frame.left - 1 || box.right > frame.right + 1;
          }).map((text) => text.textContent);
        })"""
    )
    assert outside == []
    # a long text in a narrow cell would be a column of letters
    squeezed = page.evaluate(
        """() => [...document.querySelectorAll("td")]
          .filter((cell) => cell.textContent.trim().length > 20 && cell.offsetWidth && cell.offsetWidth < 90)
          .map((cell) => cell.textContent)"""
    )
    assert squeezed == []


def test_ids_are_unique(opened):
    page = opened()
    assert page.evaluate("[...document.querySelectorAll('[id]')].length") == page.evaluate(
        "new Set([...document.querySelectorAll('[id]')].map((each) => each.id)).size"
    )


def test_every_image_is_printed(opened, tmp_path):
    page = opened()
    page.emulate_media(media="print")
    shown = [image.is_visible() for image in page.locator(".image").all()]
    assert shown == [True, True]
    assert not page.locator("#particles-table").is_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_a_dark_screen_has_light_letters_in_page_and_plots(opened):
    page = opened(color_scheme="dark")
    luminance = functools.partial(
        page.evaluate,
        """(selector) => {
          const style = getComputedStyle(document.querySelector(selector));
          const colour = selector === "body" ? style.backgroundColor : style.fill;
          return colour.match(/\\d+/g).slice(0, 3).reduce((sum, value) => sum + Number(value), 0) / 765;
        }""",
    )
    assert luminance("body") < 0.2
    assert luminance(".plot text") > 0.8


def test_without_scripts_all_pictures_are_there(opened):
    page = opened(java_script_enabled=False)
    assert [image.is_visible() for image in page.locator(".image").all()] == [True, True]
    assert not page.locator("#particles-table").is_visible()


def test_particles_are_reached_by_keyboard(opened):
    page = opened()
    page.locator(".image.current svg").focus()
    page.keyboard.press("ArrowDown")
    first = page.locator(".outlines path.hover").bounding_box()
    assert described(page)
    page.keyboard.press("ArrowRight")
    second = page.locator(".outlines path.hover").bounding_box()
    assert second["x"] + second["width"] / 2 > first["x"] + first["width"] / 2
    page.keyboard.press("Enter")
    row = page.locator(".image.current .outlines path.chosen").get_attribute("id").removeprefix("p")
    assert "chosen" in page.locator(f"#particles-table tr[data-row='{row}']").get_attribute("class")
    page.keyboard.press("Escape")
    assert page.locator(".outlines path.hover").count() == 0
