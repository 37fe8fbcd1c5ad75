"""The main job, done by a newcomer's hands: a real browser, the sandbox page, the real bot behind it."""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Chromium shall look for nothing outside this machine.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000
PHONES = ("citizen", "council", "organisation", "coordinator")


@pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"), reason="Chromium is not installed; .ci/run installs it"
)
async def test_the_main_job_in_a_browser(tmp_path: Path) -> None:
    """A newcomer does all of the main job on the page, and a kill of the bot in between loses nothing."""
    async with sandbox(tmp_path) as address, browser_page() as page:
        await page.goto(address)
        phones = {name: Phone(page, name) for name in PHONES}
        for phone in phones.values():
            await phone.part("start").click()
            await phone.reads("ជម្រាបសួរ")
        await ask(phones["citizen"])
        await subscribe(phones["council"])
        await join(phones["organisation"], phones["coordinator"])
        await announce(phones["coordinator"], phones["council"])
        await share(phones["coordinator"], phones["council"], page)
        screenshot = Path(os.environ.get("SCREENSHOT") or tmp_path / "sandbox.png")
        await page.screenshot(path=screenshot)
        assert screenshot.stat().st_size > 50_000
        await page.reload()
        await phones["council"].reads("សៀវភៅបញ្ជី")


async def ask(citizen: "Phone") -> None:
    """Step 1: answered in Khmer, in English, and told when nobody knows."""
    await citizen.says("តើក្រុមការងារបង្កើតឡើងនៅពេលណា?")
    await citizen.reads("២០០៣")
    await citizen.says("When was the working group formed?")
    await citizen.reads("2003")
    await citizen.says("តើថ្ងៃស្អែកមានភ្លៀងទេ?")
    await citizen.reads("ខ្ញុំមិនទាន់មានព័ត៌មាន")


async def subscribe(council: "Phone") -> None:
    """Step 2: a commune by province, district and commune, and another by its name."""
    await council.presses("ជាវព័ត៌មានឃុំ")
    await council.presses("កំពង់ចាម")
    await council.presses("បាធាយ")
    await council.presses("ច្បារអំពៅ")
    await council.presses("✅ ជាវ")
    await council.reads("បានជាវហើយ៖ ច្បារអំពៅ")
    await council.says("/subscribe")
    await council.reads("សូមជ្រើសរើសខេត្ត")
    await council.says("tonle basak")
    await council.presses("✅ ជាវ")
    await council.reads("បានជាវហើយ៖ ទន្លេបាសាក់")


async def join(organisation: "Phone", coordinator: "Phone") -> None:
    """Step 3, and half of step 5: a request, through a kill in the middle of the form, and its approval."""
    await organisation.says("/join")
    await organisation.reads("១/១៤")
    await organisation.says("អង្គការសាកល្បង")
    await organisation.reads("២/១៤")
    await organisation.page.get_by_test_id("kill").click()
    await organisation.presses("រំលង")
    await organisation.presses("ក្រុមសហគមន៍")
    await organisation.reads("៤/១៤")
    await organisation.says("កំពង់ចាម, សៀមរាប")
    await organisation.reads("✅ សៀមរាប")
    await organisation.presses("✅ រួចរាល់")
    await organisation.presses("ផែនការឃុំ")
    await organisation.reads("✅ ផែនការឃុំ")
    await organisation.presses("✅ រួចរាល់")
    await organisation.reads("៦/១៤")
    await organisation.says("ចាន់ណា")
    await organisation.reads("៧/១៤")
    await organisation.says("នាយក")
    await organisation.reads("៨/១៤")
    await organisation.part("reply-keyboard").get_by_role("button", name="លេខទូរស័ព្ទរបស់ខ្ញុំ").click()
    for step in ("៩/១៤", "១០/១៤"):
        await organisation.reads(step)
        await organisation.presses("រំលង")
    await organisation.reads("១១/១៤")
    await organisation.says("ចង់ចែករំលែកបទពិសោធន៍")
    for step in ("១២/១៤", "១៣/១៤"):
        await organisation.reads(step)
        await organisation.presses("រំលង")
    await organisation.presses("សមាជិកអាចមើលឃើញ")
    await organisation.presses("✅ យល់ព្រម ហើយផ្ញើសំណើ")
    await coordinator.reads("ស្នើសុំចូលជាសមាជិក")
    await coordinator.presses("បើកមើលសំណើ")
    await coordinator.presses("✅ យល់ព្រម")
    await coordinator.presses("យល់ព្រមទទួល")
    await coordinator.reads("បានយល់ព្រមទទួល អង្គការសាកល្បង")
    await organisation.reads("ក្លាយជាសមាជិក")


async def announce(coordinator: "Phone", council: "Phone") -> None:
    """Step 4: a forum, with preview and count, to every subscribed council."""
    await coordinator.says("/announce")
    await coordinator.reads("១/៥")
    await coordinator.presses("🇰🇭 វេទិកាថ្នាក់ជាតិ")
    await coordinator.reads("២/៥")
    await coordinator.says("វេទិកាថ្នាក់ជាតិស្តីពីវិមជ្ឈការ")
    await coordinator.reads("៣/៥")
    await coordinator.says("31/12/2028")
    await coordinator.reads("៤/៥")
    await coordinator.says("៨:៣០ ព្រឹក")
    await coordinator.reads("៥/៥")
    await coordinator.says("សាលាខេត្តកំពង់ចាម")
    await coordinator.reads("អ្នកទទួលចំនួន ១ នាក់ សម្រាប់ក្រុមប្រឹក្សាចំនួន ២")
    await coordinator.presses("✅ ផ្ញើ")
    await council.reads("ថ្ងៃអាទិត្យ ទី៣១ ខែធ្នូ ឆ្នាំ២០២៨ ម៉ោង ៨:៣០ ព្រឹក")
    await coordinator.reads("បានទទួល៖ ១ ក្នុងចំណោម ១")


async def share(coordinator: "Phone", council: "Phone", page: Page) -> None:
    """Step 4, and the rest of step 5: a lesson, through a kill before it is confirmed."""
    await coordinator.says("/share")
    await coordinator.reads("១/២")
    await coordinator.says("សៀវភៅបញ្ជីបើកចំហ")
    await coordinator.reads("២/២")
    await page.get_by_test_id("kill").click()
    await coordinator.says("ឃុំបានបើកសៀវភៅបញ្ជីជូនពលរដ្ឋមើល ហើយពលរដ្ឋទុកចិត្តជាងមុន។")
    await coordinator.reads("តើផ្ញើឥឡូវនេះទេ?")
    await coordinator.presses("✅ ផ្ញើ")
    await council.reads("សៀវភៅបញ្ជីបើកចំហ")
    await coordinator.reads("បានទទួល៖ ១ ក្នុងចំណោម ១")


class Phone:
    """One of the page's four phones."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self._phone = page.locator(f'[data-phone="{name}"]')

    def part(self, test_id: str) -> Locator:
        return self._phone.get_by_test_id(test_id)

    async def says(self, text: str) -> None:
        await self.part("input").fill(text)
        await self.part("send").click()

    async def reads(self, text: str) -> None:
        """Wait until a message that holds the text, lines parted by any white space, can be seen."""
        wanted = re.compile(r"\s*".join(re.escape(line) for line in text.split("\n")))
        message = self.part("message").filter(has_text=wanted).last
        await expect(message).to_be_visible(timeout=PATIENCE_MS)

    async def presses(self, label: str) -> None:
        """Press the newest button under a message whose label holds the text."""
        await self.part("log").get_by_role("button", name=label).last.click(timeout=PATIENCE_MS)


@asynccontextmanager
async def browser_page() -> AsyncIterator[Page]:
    """A page in a browser of its own."""
    async with chromium() as browser:
        yield await new_page(browser)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


async def new_page(browser: Browser) -> Page:
    """A page wide enough for four phones."""
    return await browser.new_page(viewport={"width": 1500, "height": 950})


@asynccontextmanager
async def sandbox(folder: Path) -> AsyncIterator[str]:
    """What `make try` starts; gives the address that it prints, and ends it as Ctrl+C would."""
    process = await _start(folder)
    try:
        yield await _printed_address(process)
    finally:
        process.terminate()
        await process.communicate()


async def _start(folder: Path, stderr: int | None = None) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "try", "--port=0", f"--data={folder}"),
        stdout=asyncio.subprocess.PIPE,
        stderr=stderr,
    )


async def _printed_address(process: asyncio.subprocess.Process) -> str:
    if process.stdout is None:
        raise RuntimeError("the output is not read")
    async for line in process.stdout:
        if found := re.search(r"http://\S+", line.decode()):
            return found[0]
    raise RuntimeError("the sandbox printed no address")


async def test_the_bot_ends_with_its_launcher(tmp_path: Path) -> None:
    """Killing the launcher leaves no bot behind that would answer in the next one's place."""
    process = await _start(tmp_path, stderr=asyncio.subprocess.PIPE)
    await _printed_address(process)
    process.kill()
    # The child holds the same pipes: they close when the last of the two has ended.
    async with asyncio.timeout(PATIENCE_MS / 1000):
        await process.communicate()
