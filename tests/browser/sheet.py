#!/usr/bin/env python3
"""Looks at a contact sheet of the command in a real browser. See README.md."""

import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe",
]
# Names that would do harm if they were taken for markup, hide what they are, or break a link.
HOSTILE = [
    "<img src=x onerror=alert(1)>.jpg", "\"'&lt;b&gt;<script>alert(2)<\\script>.jpg", "new\nline \u202egpj.jpg", "Zo\u00eb \u5199\u771f #1?.jpg",
]
LOAD_SECONDS = 3.0
ANSWER_SECONDS = 0.2
CHUNK = 60
KEYS = {"ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, "Escape": 27, "Enter": 13, "/": 191}
BLOCK = '<script type="application/json" class="rows">'
failures = []


def check(what, holds, detail=None):
    print(f"{'ok    ' if holds else 'FAILED'} {what}{'' if detail is None else f': {detail}'}", flush=True)
    if not holds:
        failures.append(what)


def same(what, found, expected):
    check(what, found == expected, f"{found!r:.90}" if found == expected else f"{found!r:.400} and not {expected!r:.400}")


class Browser:
    """Chromium at the other end of two pipes, which speak JSON that ends with a zero byte."""

    def __init__(self, program, profile):
        to_browser, self.out = os.pipe()
        self.into, from_browser = os.pipe()

        def place_pipes():
            # Chromium reads from 3 and writes to 4. Copies first, since one of the two may be 3 or 4 itself.
            read_end, write_end = os.dup(to_browser), os.dup(from_browser)
            os.dup2(read_end, 3)
            os.dup2(write_end, 4)

        self.process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=place_pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.number, self.buffer, self.events, self.session = 0, b"", [], None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Network", "Log", "Audits"]:
            self.call(f"{domain}.enable")
        self.window(1360, 900)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)
            if answer.get("method") == "Page.javascriptDialogOpening":
                raise RuntimeError(f"the page opened a dialog: {answer['params']}")  # It would wait for ever.

    def receive(self):
        while b"\0" not in self.buffer:
            part = os.read(self.into, 1 << 20)
            if not part:
                raise RuntimeError("the browser has ended")
            self.buffer += part
        line, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(line)

    def js(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def all(self, selector, expression):
        """What an expression of `e` says of each element."""
        return self.js(f"[...document.querySelectorAll({json.dumps(selector)})].map((e) => ({expression}))")

    def one(self, selector, expression="e.textContent"):
        return self.js(f"((e) => ({expression}))(document.querySelector({json.dumps(selector)}))")

    def until(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not self.js(f"Boolean(({condition}))"):
            if time.monotonic() > end:
                raise RuntimeError(f"not within {seconds} s: {condition}")
            time.sleep(0.02)

    def open(self, url):
        """Seconds from the start of the navigation until cards and filters are on the screen."""
        # Another address of the same page would not load it anew.
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=url)
        return self.loaded()

    def loaded(self):
        self.until("document.body?.dataset.ready === 'true'")
        seconds = self.js("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))") / 1000
        self.charts_drawn()
        return seconds

    def charts_drawn(self):
        """Histograms come after the cards."""
        self.until("document.getElementById('charts').ariaBusy !== 'true'")

    def middle(self, selector, across=0.5):
        self.one(selector, "e.scrollIntoView({ block: 'center', inline: 'center' })")
        self.frame()
        x, y, width, height = self.one(selector, "(({ x, y, width, height }) => [x, y, width, height])(e.getBoundingClientRect())")
        return x + width * across, y + height / 2

    def mouse(self, kind, place, button="left"):
        self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button=button, clickCount=1)

    def press(self, selector, across=0.5):
        """A real click."""
        place = self.middle(selector, across)
        self.mouse("mouseMoved", place, "none")
        self.mouse("mousePressed", place)
        self.mouse("mouseReleased", place)

    def click(self, selector, across=0.5):
        """A real click; the seconds from there to the picture that answers it."""
        self.js("""
            window.answer = new Promise((done) => addEventListener("click", () => {
                const clicked = performance.now();
                setTimeout(() => requestAnimationFrame(() => setTimeout(() => done(performance.now() - clicked))));
            }, { capture: true, once: true })), 0
        """)
        self.press(selector, across)
        return self.js("Promise.race([answer, new Promise((done) => setTimeout(() => done(1000), 1000))])") / 1000

    def frame(self):
        """Waits for what the page still has to do for the next picture."""
        self.js("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")

    def key(self, name, text=None):
        typed = {"text": text} if text else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=name, code=name, windowsVirtualKeyCode=KEYS[name], **typed)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=name, code=name, windowsVirtualKeyCode=KEYS[name])
        self.frame()

    def search(self, text):
        self.one("#search", "e.focus(), e.select()")
        self.call("Input.insertText", text=text)
        self.frame()

    def sort(self, by):
        self.one("#sort", f"(e.value = {json.dumps(by)}, e.dispatchEvent(new Event('change', {{ bubbles: true }})))")
        self.frame()

    def window(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def screenshot(self, file):
        kind = "png" if file.suffix == ".png" else "jpeg"
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format=kind)["data"]))

    def close(self):
        self.session = None
        self.call("Browser.close")
        self.process.wait(timeout=30)


# ---------------------------------------------------------------- photos, and what is expected of them


def make_photos(folder, count):
    """Links to the fixtures under many names, with broken files among them."""
    fixtures = ROOT / "fixtures"
    sources = sorted((fixtures / "rendered").glob("*.jpg")) + sorted(path for path in (fixtures / "photos").rglob("*") if path.suffix in (".jpg", ".png"))
    assert len(sources) > 100
    for number in range(count - len(HOSTILE)):
        source = sources[number % len(sources)]
        path = folder / f"set {number // 1000}" / f"{number:05}{source.suffix}"
        path.parent.mkdir(exist_ok=True)
        if number % 500 == 7:
            path.write_bytes(source.read_bytes()[:300])
        else:
            link_or_copy(source, path)
    for name, source in zip(HOSTILE, sources):
        link_or_copy(source, folder / name)


def link_or_copy(source, path):
    try:
        os.link(source, path)
    except OSError:
        shutil.copy(source, path)


def make_sheet(command, folder, count):
    (folder / "photos").mkdir()
    make_photos(folder / "photos", count)
    outputs = ["--output", "sheet.html", "--output", "report.jsonl"]
    began = time.monotonic()
    done = subprocess.run([command, "check", "photos", "--quiet", "--no-config", *outputs], cwd=folder)
    assert done.returncode == 1, f"face-precheck ended with {done.returncode}"
    rows = [json.loads(line) for line in (folder / "report.jsonl").read_text().splitlines()]
    print(f"       {len(rows)} photos checked in {time.monotonic() - began:.0f} s, a sheet of {(folder / 'sheet.html').stat().st_size / 1e6:.1f} MB")
    assert len(rows) == count, len(rows)
    return rows


def rules_of(row):
    return {f"{finding['severity']}:{finding['rule']}" for finding in row.get("findings", [])}


def yaw_of(row):
    faces = row.get("faces")
    return faces[0]["pose"]["yaw"] if faces and faces[0].get("pose") else None


def visible(name):
    """As the page writes a name: marks that cannot be seen are spelled out."""
    return name.replace("\n", "\\n").replace("\u202e", "\\u202e")


def base_name(row):
    return row["file"].removeprefix("photos/").split("/")[-1]


# ---------------------------------------------------------------- what is looked at


def shown(browser):
    return int(browser.one("#shown").split(" of ")[0].replace(",", ""))


def counts(browser, selector, key):
    """The numbers on buttons, by what the buttons stand for."""
    pairs = browser.all(selector, f"[e.dataset.{key}, Number(e.lastChild.textContent.replaceAll(',', ''))]")
    return {name: count for name, count in pairs if count}


def look_at_counts(browser, rows):
    verdicts = Counter(row["verdict"] for row in rows)
    check("cards appear", len(browser.all(".card", "0")) == min(CHUNK, len(rows)))
    same("as many photos as in the report", shown(browser), len(rows))
    same("verdicts on the buttons", counts(browser, "[data-verdict]", "verdict"), dict(verdicts))
    same("verdicts of the run", {text.split()[1]: int(text.split()[0].replace(",", "")) for text in browser.all("#counts li", "e.textContent") if not text.startswith("0")}, dict(verdicts))
    same("failed", browser.one("#failed .count"), f"{sum(row['verdict'] != 'compliant' for row in rows):,}")
    same("rules on the buttons", counts(browser, "[data-rule]", "rule"), dict(Counter(rule for row in rows for rule in rules_of(row))))


def look_at_speed(browser, selector):
    """Presses a button on, off and on. The best time counts: what else the machine is doing only ever adds to it."""
    answered = [browser.click(selector) for _ in range(3)]
    check(f"a click on {selector} is answered soon", min(answered) < ANSWER_SECONDS, " ".join(f"{seconds * 1000:.0f}" for seconds in answered) + " ms")


def look_at_filters(browser, rows):
    rules = Counter(rule for row in rows for rule in rules_of(row))
    rule = next(rule for rule, _ in rules.most_common() if rule.startswith("error:"))
    retake = [row for row in rows if row["verdict"] == "retake"]

    look_at_speed(browser, "[data-verdict=retake]")
    same("a click on a verdict", shown(browser), len(retake))
    same("only cards with it are there", set(browser.all(".card .badge", "e.textContent")), {"retake"})
    same("the button is pressed", browser.one("[data-verdict=retake]", "e.ariaPressed"), "true")
    same("other buttons say what they would leave", counts(browser, "[data-rule]", "rule"), dict(Counter(rule for row in retake for rule in rules_of(row))))
    look_at_speed(browser, f"[data-rule='{rule}']")
    same(f"{rule} as well", shown(browser), sum(rule in rules_of(row) for row in retake))
    other = next(key for key, _ in Counter(key for row in retake if rule in rules_of(row) for key in rules_of(row)).most_common() if key != rule)
    browser.js(f"document.querySelector(`[data-rule='{other}']`).closest('details').open = true")
    browser.click(f"[data-rule='{other}']")
    same(f"{other} as well", shown(browser), sum({rule, other} <= rules_of(row) for row in retake))
    browser.js("history.back()")
    browser.until(f"!location.hash.includes({json.dumps(other)})")
    same("the browser's way back undoes it", shown(browser), sum(rule in rules_of(row) for row in retake))
    browser.click("[data-verdict=unreadable]")
    same("several verdicts", shown(browser), sum(rule in rules_of(row) for row in rows if row["verdict"] in ("retake", "unreadable")))
    browser.click("#chips li:last-child button")
    same("what is in use can be taken back", shown(browser), sum(row["verdict"] in ("retake", "unreadable") for row in rows))
    browser.click("#clear")
    same("or cleared", shown(browser), len(rows))
    browser.click("#failed")
    same("only failed", shown(browser), sum(row["verdict"] != "compliant" for row in rows))
    browser.click("#clear")


def look_at_search(browser, rows):
    browser.key("/", "/")
    same("/ leads to the search", browser.js("document.activeElement.id"), "search")
    browser.search("SET 0/0001")
    same("search in names", shown(browser), sum("set 0/0001" in row["file"].lower() for row in rows))
    browser.search("no such name")
    check("nothing is found", shown(browser) == 0 and not browser.one("#none", "e.hidden"))
    browser.click("#clear-none")
    same("and cleared", shown(browser), len(rows))


def all_cards(browser):
    """Scrolls until every card is made; their files."""
    browser.until("scrollTo(0, document.body.scrollHeight), document.querySelectorAll('.card').length === shown.length")
    files = browser.all(".card", "e.dataset.file")
    browser.js("scrollTo(0, 0)")
    return files


def look_at_order(browser, rows):
    some = [row for row in rows if "set 0/000" in row["file"]]
    browser.search("set 0/000")
    same("the order of the run", all_cards(browser), [row["file"] for row in some])
    for descending in [False, True]:
        browser.sort("head-pose-yaw")
        if descending:
            browser.click("#order")
        known = sorted((row for row in some if yaw_of(row) is not None), key=lambda row: yaw_of(row) * (-1 if descending else 1))
        expected = known + [row for row in some if yaw_of(row) is None]
        check("photos without a yaw among them", len(known) < len(some))
        same(f"by yaw, {'descending' if descending else 'ascending'}, those without last", all_cards(browser), [row["file"] for row in expected])
    browser.sort("errors")
    errors = browser.all(".card", "e.querySelectorAll('.findings .error').length")
    check("most errors first", errors == sorted(errors, reverse=True) and errors[0] > errors[-1], errors[0])
    browser.sort("verdict")
    worst = ["unreadable", "retake", "fixable", "compliant"]
    found = [worst.index(verdict) for verdict in browser.all(".card .badge", "e.textContent")]
    check("worst verdict first", found == sorted(found))


def look_at_address(browser):
    browser.js("location.hash = '#verdict=retake,unreadable&rule=face-size&q=set&sort=head-pose-yaw&order=desc&overlay=off'")
    browser.until("document.getElementById('sort').value === 'head-pose-yaw'")
    before = [shown(browser), browser.one(".card", "e.dataset.file"), browser.all("#chips li", "e.textContent")]
    check("the address is followed", 0 < before[0] and len(before[2]) == 4, before)
    browser.js("window.before = true")
    browser.call("Page.reload")
    browser.until("!window.before")
    browser.loaded()
    same("and holds when the page is loaded anew", [shown(browser), browser.one(".card", "e.dataset.file"), browser.all("#chips li", "e.textContent")], before)
    same("with the overlay", browser.one(".overlay-toggle", "e.ariaPressed"), "false")
    browser.js("location.hash = ''")
    browser.until("document.getElementById('sort').value === 'run'")


def look_at_histograms(browser, rows):
    browser.charts_drawn()
    yaws = [yaw for row in rows if (yaw := yaw_of(row)) is not None]
    check("histograms", len(browser.all(".chart .plot .of-all", "0")) > 25)
    same("limits of the profile", len(browser.all("[data-value=head-pose-yaw] .limit", "0")), 2)
    same("least and greatest", [float(text) for text in browser.all("[data-value=head-pose-yaw] .numbers span", "e.textContent")][::2], [min(yaws), max(yaws)])
    plot = "[data-value=head-pose-yaw] .plot"
    place = browser.middle(plot, 0.5)
    browser.mouse("mouseMoved", place, "none")
    found = browser.all("[data-value=head-pose-yaw] .numbers span", "e.textContent")
    low, high = (float(text) for text in found[0].split(" to "))
    same("a bar says its range and number", int(found[1].replace(",", "")), sum(low <= yaw < high for yaw in yaws))
    browser.click(plot, 0.5)
    same("a click on it filters", shown(browser), sum(low <= yaw < high for yaw in yaws))
    browser.click(plot, 0.5)
    same("and another one takes it back", shown(browser), len(rows))
    browser.mouse("mousePressed", browser.middle(plot, 0.05))
    browser.mouse("mouseMoved", browser.middle(plot, 0.3))
    browser.mouse("mouseReleased", browser.middle(plot, 0.3))
    browser.frame()
    low, high = (float(text or "-inf") for text in browser.js("decodeURIComponent(location.hash)").split("head-pose-yaw:")[1].split("~"))
    same("a range is drawn", shown(browser), sum(low <= yaw < high for yaw in yaws))
    browser.click("#clear")
    browser.one(plot, "e.focus()")
    for key in ["Home", "ArrowRight", "Enter"]:
        browser.key(key)
    low, high = (float(text) for text in browser.js("decodeURIComponent(location.hash)").split("head-pose-yaw:")[1].split("~"))
    same("with the keyboard, too", shown(browser), sum(low <= yaw < high for yaw in yaws))
    browser.click("#clear")
    browser.click("[data-value=blur] .chart-name")
    same("a name sorts", browser.js("location.hash"), "#sort=blur")
    browser.click("#spread")
    check("all of them can be seen", browser.one("#charts", "e.scrollWidth <= e.clientWidth"))
    browser.click("#spread")
    browser.sort("run")


def look_at_large_view(browser, rows):
    with_face = next(index for index, row in enumerate(rows) if yaw_of(row) is not None and index > 0)
    card = f".card:nth-child({with_face + 1})"
    check("faces are drawn", browser.one(f"{card} .overlay", "e.getBoundingClientRect().width") > 50)
    browser.click(".toolbar .overlay-toggle")
    check("but not without the overlay", browser.one(f"{card} .overlay", "getComputedStyle(e).display") == "none")
    browser.click(".toolbar .overlay-toggle")
    browser.click(f"{card} .picture")
    check("a click on a photo shows it large", browser.one("#large", "e.open"))
    same("with its name", browser.one("#large-name"), visible(base_name(rows[with_face])))
    same("with its findings", len(browser.all("#detail .findings li", "0")), len(rows[with_face].get("findings", [])))
    check("with its values", len(browser.all("#detail tbody tr", "0")) > 25)
    check("with the overlay", browser.one("#stage .overlay", "e.getBoundingClientRect().width") > 200)
    for key, index in [("ArrowRight", with_face + 1), ("ArrowLeft", with_face), ("ArrowLeft", with_face - 1)]:
        browser.key(key)
        same(f"{key} leads on", [browser.one("#large-name"), browser.one("#place")], [visible(base_name(rows[index])), f"{index + 1:,} of {len(rows):,}"])
    browser.key("Escape")
    browser.until("!document.getElementById('large').open")
    same("Escape leads back to its card", browser.js("document.activeElement.closest('.card').dataset.file"), rows[with_face - 1]["file"])
    before = len(browser.all(".card", "0"))
    browser.js("scrollTo(0, document.body.scrollHeight)")
    browser.until(f"document.querySelectorAll('.card').length > {before}")
    check("more cards come as they are scrolled to", True)


def look_at_sides(browser, rows):
    """Where one eye is closed, the other one's value is not marked."""
    limit = browser.js("head.limits['eyes-open'].min")
    number, eyes = next(
        (number, eyes) for number, row in enumerate(rows, 1)
        if "error:eyes-open" in rules_of(row) and (eyes := row["measures"]["eyes_open"]) and min(eyes.values()) < limit < max(eyes.values())
    )
    browser.js(f"location.hash = '#photo={number}'")
    browser.until("document.getElementById('large').open")
    marked = browser.all("#detail tbody tr.error th", "e.textContent")
    same("only the eye that is closed is marked", [name for name in marked if name.startswith("eyes-open")], [f"eyes-open {min(eyes, key=eyes.get)}"])
    browser.js("history.back()")
    browser.until("!document.getElementById('large').open")


def look_at_names(browser, rows, folder):
    for name in HOSTILE:
        browser.search(name.replace("\n", " ").split(" ")[-1])
        found = browser.all(".card .name", "e.textContent")
        check(f"shown as text: {name!r}", visible(name) in found, found)
    browser.search("")
    links = browser.all(".card .name a", "e.getAttribute('href')")
    broken = [link for link in links if not (folder / unquote(link)).is_file()]
    check("links lead to the photos", len(links) == CHUNK and not broken, broken[:3] or len(links))
    check("no markup was made of any text", not browser.all("img:not([src^='data:image/jpeg;base64,'])", "e.outerHTML"))


def look_at_labels(browser):
    """Whatever can be worked has a name that can be read out."""
    roles = {"button", "link", "searchbox", "combobox", "slider", "checkbox"}
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    worked = [node for node in nodes if node.get("role", {}).get("value") in roles and not node.get("ignored")]
    unnamed = [node["role"]["value"] for node in worked if not node.get("name", {}).get("value")]
    check("everything that can be worked has a name", len(worked) > 100 and not unnamed, unnamed or len(worked))


def look_at_unhappy_pages(browser, sheet):
    """Pages that a small run does not give, made from one that it gave."""
    page = sheet.read_text()
    start, end = page.index(BLOCK), page.rindex("</script>", 0, page.rindex('class="tail"')) + len("</script>\n")
    before, block, after = page[:start], page[start:].split("</script>", 1)[0] + "</script>\n", page[end:]
    rows = json.loads(block.removeprefix(BLOCK).removesuffix("</script>\n"))

    cut = sheet.with_name("cut.html")
    cut.write_text(before + block + block[: len(block) // 2])
    whole = len(rows) + block[: len(block) // 2].count(",\n{")
    browser.open(cut.as_uri())
    same("a run that was killed: its rows are there", shown(browser), whole)
    check("and it says so", "not finished" in browser.one("#note") and not browser.one("#note", "e.hidden"), browser.one("#note"))

    markup = "<img src=x onerror=alert(3)>"
    finding = {"rule": markup, "severity": "error", "text": markup, "code": markup, "hint": markup, "fixable": True}
    hostile = {
        "file": f"{markup}/a.jpg", "href": "javascript:alert(4)", "verdict": "retake", "passed": False, "about": markup, "error": markup,
        "upload": markup, "findings": [finding, {**finding, "severity": "info"}], "values": {markup: 1.5, "b": 2},
    }
    tail = {"pages": ["javascript:alert(5)", "second.html", "third.html"], "photos": 20_001, "counts": {"retake": 20_001}, "interrupted": True}
    head = json.loads(before.split('class="head">')[1].split("</script>")[0]) | {"page": 2, "first": 10_001}
    data = lambda kind, value: f'<script type="application/json" class="{kind}">{json.dumps(value)}</script>\n'.replace("<img", "\\u003cimg")
    assembled = before.split('<script type="application/json" class="head">')[0] + data("head", head) + data("rows", [hostile, rows[0]]) + data("tail", tail)
    sheet.with_name("second.html").write_text(assembled + after.split("</script>\n", 1)[1])
    shutil.copy(cut, sheet.with_name("third.html"))
    browser.open(sheet.with_name("second.html").as_uri())
    same("one page of several says so", browser.one("#shown"), "2 of 2 on this page shown")
    check("and which photos it has", "photos 10,001 to 10,002" in browser.one("#pages") and "interrupted" in browser.one("#note"), browser.one("#pages"))
    same("counts are of the run", browser.all("#counts li.retake b", "e.textContent"), ["20,001"])
    browser.click(".card .picture")
    check("hostile texts are texts", browser.all("#detail .failure", "e.textContent") == [markup] and not browser.all("img:not([src^='data:'])", "0"))
    browser.key("Escape")
    same("no link runs a script", browser.all("a[href^='javascript' i], .card:first-child a", "0"), [])
    browser.press("#pages a:last-of-type")
    browser.until("location.pathname.endsWith('third.html') && document.body?.dataset.ready === 'true'")
    check("links lead to the other pages", True)


def look_at_network_and_errors(browser):
    browser.js("0")
    asked = [event["params"]["request"]["url"] for event in browser.events if event.get("method") == "Network.requestWillBeSent"]
    outside = [url for url in asked if not url.startswith(("file:", "data:", "about:"))]
    check("nothing was asked of any network", not outside, outside or f"{len(asked)} requests, all of them local")
    loud = {"Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"}
    said = [event["params"] for event in browser.events if event.get("method") in loud or "ContentSecurityPolicy" in str(event)]
    check("no errors, no violation of the content policy", not said, said[:3] or None)


def look_at_thumbnails(sheet):
    """A thumbnail is pixels: nothing of the photo's metadata may be in the sheet."""
    allowed = {0xE0, 0xDB, 0xC4, 0xC0, 0xC2, 0xDD}
    number, found = 0, set()
    for part in sheet.read_text().split('"thumb":"')[1:]:
        jpeg = base64.b64decode(part.split('"', 1)[0])
        assert jpeg[:2] == b"\xff\xd8"
        at, number = 2, number + 1
        while jpeg[at + 1] != 0xDA:
            found.add(jpeg[at + 1])
            at += 2 + int.from_bytes(jpeg[at + 2:at + 4], "big")
    check("no metadata in thumbnails", number > 0 and found <= allowed, f"{number} thumbnails, segments {' '.join(f'{marker:02X}' for marker in sorted(found))}")


def keep_screenshots(browser, url, file):
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = lambda what: file.with_stem(f"{file.stem}-{what}")
    views = [(file, "", 1360, "light"), (beside("dark"), "", 1360, "dark"), (beside("narrow"), "", 390, "light"), (beside("large"), "#photo=60", 1360, "light")]
    for path, state, width, scheme in views:
        browser.window(width, 900)
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        browser.open(url + state)
        time.sleep(0.5)
        browser.screenshot(path)
    browser.window(1360, 900)
    browser.call("Emulation.setEmulatedMedia", features=[])


def look(browser, folder, rows, screenshot):
    sheet = folder / "sheet.html"
    look_at_thumbnails(sheet)
    seconds = browser.open(sheet.as_uri())
    check(f"loads in under {LOAD_SECONDS:g} s", seconds < LOAD_SECONDS, f"{len(rows)} rows in {seconds:.2f} s")
    look_at_counts(browser, rows)
    look_at_labels(browser)
    look_at_filters(browser, rows)
    look_at_search(browser, rows)
    look_at_order(browser, rows)
    look_at_address(browser)
    look_at_histograms(browser, rows)
    look_at_large_view(browser, rows)
    look_at_sides(browser, rows)
    look_at_names(browser, rows, folder)
    look_at_unhappy_pages(browser, sheet)
    if screenshot:
        keep_screenshots(browser, sheet.as_uri(), screenshot)
    look_at_network_and_errors(browser)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--command", type=Path, default=ROOT / "target/release/face-precheck", help="the build to look at")
    parser.add_argument("--rows", type=int, default=10_000, help="the number of photos, at least 1,000")
    parser.add_argument("--screenshot", type=Path, help="keeps pictures of the sheet: FILE, FILE-dark, FILE-narrow and FILE-large, PNG or JPEG")
    options = parser.parse_args()
    program = os.environ.get("CHROMIUM") or next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if not program:
        print(f"SKIPPED: no Chromium found ({', '.join(BROWSERS)}; $CHROMIUM names another)")
        return 0
    if not options.command.exists():
        print(f"{options.command} is not there: `cargo build --release` makes it", file=sys.stderr)
        return 2
    # Where hard links to the fixtures can be made, and nothing is left in the way.
    (ROOT / "target").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "target") as folder:
        folder = Path(folder)
        rows = make_sheet(options.command.resolve(), folder, max(options.rows, 1000))
        browser = Browser(program, folder / "profile")
        try:
            look(browser, folder, rows, options.screenshot)
        except RuntimeError as error:
            check("the page goes on", False, error)
        finally:
            browser.close()
    print(f"{len(failures)} failed" if failures else "all is well")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
