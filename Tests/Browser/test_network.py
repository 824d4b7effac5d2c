"""No request leaves the machine: each way to make one is noticed, and the page takes none."""

import json
import subprocess
import sys

import pytest
from chatd import PUPPETS
from chatpage import BROWSER, ChatPage
from corpus import OUTSIDE
from hazards import open_page
from playwright.sync_api import expect

pytestmark = pytest.mark.closely

ADDRESS = f"http://{OUTSIDE}/x"
# Each asks a machine of its own for something, once.
WAYS = {
    "fetch": f"fetch('{ADDRESS}', {{ mode: 'no-cors' }}).catch(() => {{}})",
    "beacon": f"navigator.sendBeacon('{ADDRESS}', 'x')",
    "events": f"void new EventSource('{ADDRESS}')",
    "socket": f"void new WebSocket('ws://{OUTSIDE}/x')",
    "image": f"new Image().src = '{ADDRESS}'",
    "font": f"new FontFace('x', 'url({ADDRESS})').load().catch(() => {{}})",
    "import": f"import('{ADDRESS}').catch(() => {{}})",
    "worker": f"new Worker(URL.createObjectURL(new Blob([`fetch('{ADDRESS}')`])))",
    "frame": f"document.body.append(Object.assign(document.createElement('iframe'), "
             f"{{ src: '{ADDRESS}' }}))",
    "style": f"document.body.style.background = 'url({ADDRESS})'",
    "prefetch": f"document.head.append(Object.assign(document.createElement('link'), "
                f"{{ rel: 'preload', as: 'image', href: '{ADDRESS}' }}))",
    "preconnect": f"document.head.append(Object.assign(document.createElement('link'), "
                  f"{{ rel: 'preconnect', href: '{ADDRESS}' }}))",
    "dns": "document.head.append(Object.assign(document.createElement('link'), "
           f"{{ rel: 'dns-prefetch', href: '{ADDRESS}' }}))",
    "ping": f"""(() => {{
      const link = document.createElement('a');
      Object.assign(link, {{ href: '#x', ping: '{ADDRESS}' }});
      document.body.append(link);
      link.click();
    }})()""",
}  # fmt: skip


def each_its_own(ways):
    """The ways, by name, each with the machine that it asks."""
    for number, (name, way) in enumerate(ways.items(), 1):
        machine = OUTSIDE.replace(".1", f".{number}0")
        yield name, way.replace(OUTSIDE, machine), machine


def test_control_each_way_out_is_noticed(chatd, new_context):
    chat = open_page(new_context, chatd.url, has_policy=False, guarded=False)
    watch = chat.page.context.watch
    assert watch.outside == []
    for name, way, machine in each_its_own(WAYS):
        assert machine not in watch.outside, name
        chat.page.evaluate(f"() => {{ {way}; }}")
        watch.expect_outside(chat.page, machine)


def test_control_what_any_page_asks_for_is_told(chatd, new_context, outside):
    chat = open_page(new_context, chatd.url, has_policy=False, guarded=False)
    chat.page.evaluate(WAYS["fetch"])
    assert [line for line in outside.take() if ADDRESS in line]


def test_the_policy_lets_none_of_them_out(chatd, new_context):
    chat = open_page(new_context, chatd.url, guarded=False)
    ways = {name: way for name, way in WAYS.items() if name not in ("preconnect", "dns")}
    for _, way, machine in each_its_own(ways):
        seen = chat.page.evaluate("window.hazards.length")
        chat.page.evaluate(f"() => {{ try {{ {way}; }} catch {{}} }}")
        # A worker is refused before it asks anybody.
        chat.page.wait_for_function(
            """([seen, machine]) => window.hazards.slice(seen)
              .some((one) => one.startsWith('policy') && /blob|MACHINE/.test(one))"""
            .replace("MACHINE", machine), arg=[seen, machine])


# Any address at all is this machine: what leaves would be answered, or refused, and is seen here.
ALONE = (
    "unshare", "--net", "sh", "-c",
    "ip link set lo up && ip route add local 0.0.0.0/0 dev lo"
    " && ip -6 route add local ::/0 dev lo && exec \"$@\"", "alone",
)  # fmt: skip
# Prints where each packet goes that goes beyond 127.0.0.0/8 and ::1, until its input ends.
SNIFFER = """
import ipaddress, select, socket, sys
packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.ntohs(3))
print("listening", flush=True)
while True:
    ready, _, _ = select.select([packets, sys.stdin], [], [])
    if packets in ready:
        data = packets.recv(65535)
        at = data[16:20] if data[0] >> 4 == 4 else data[24:40]
        where = ipaddress.ip_address(at)
        if not where.is_loopback and not where.is_multicast:
            print(where, flush=True)
    elif sys.stdin in ready:
        break
"""


def can_be_alone():
    """Whether a network of its own can be made here, and entered."""
    try:
        made = subprocess.run([*ALONE, "true"], capture_output=True, check=False)
    except OSError:
        return False
    return made.returncode == 0


@pytest.fixture
def alone(start_chatd, browser, tmp_path):
    """chatd, a browser and a sniffer in a network that has nobody else."""
    chatd = start_chatd(children=[PUPPETS], assistant="off", wrapper=ALONE)
    enter = ["nsenter", "--target", str(chatd.pid), "--net"]
    start = tmp_path / "chromium"
    start.write_text(f'#!/bin/sh\nexec {" ".join(enter)} {BROWSER} "$@"\n')
    start.chmod(0o755)
    sniffer = subprocess.Popen(
        [*enter, sys.executable, "-c", SNIFFER],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert sniffer.stdout.readline() == "listening\n"
    # The browser's maker is asked for a good deal by name, whatever the page does.
    quiet = "--host-resolver-rules=MAP *.com ~NOTFOUND"
    inside = browser.browser_type.launch(executable_path=start, args=["--no-sandbox", quiet])
    try:
        yield chatd, inside, lambda: sniffer.communicate("")[0].split()
    finally:
        inside.close()
        sniffer.kill()
        sniffer.wait()


needs_namespaces = pytest.mark.skipif(
    not can_be_alone(), reason="only root, where it may, can make a network of its own"
)


@needs_namespaces
def test_not_one_packet_leaves_the_machine(alone):
    chatd, browser, left = alone
    page = browser.new_page()
    chat = ChatPage(page).open(chatd.url)
    chat.press("puppet", "start")
    chat.expect_child("puppet", "ready")
    said = f"<img src='{ADDRESS}'>![x]({ADDRESS})[x]({ADDRESS})\n\n"
    chat.say("Hear this. puppet:" + json.dumps({"text": said, "html": said, "data": [said]}))
    chip = chat.chip(chat.by_user("Hear this."), "puppet")
    expect(chip).to_have_attribute("data-status", "replied")
    chip.click()
    expect(page.locator(".child-html")).to_be_visible()
    chat.say(said)
    expect(chat.messages).to_have_count(2)
    page.reload()
    chat.wait_live()
    browser.close()
    assert left() == []


@needs_namespaces
def test_control_one_packet_is_seen(alone):
    chatd, browser, left = alone
    page = browser.new_context(bypass_csp=True).new_page()
    ChatPage(page).open(chatd.url)
    page.evaluate(f"fetch('{ADDRESS}').catch(() => {{}})")
    browser.close()
    assert set(left()) == {OUTSIDE}
