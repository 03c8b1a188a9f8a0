"""What a phone would show of a message to a group robot: for people who watch a demonstration."""

import re
import time

WIDTH = 100


def plain(markdown):
    """Without the markup: links keep their text, headings and quotes their words."""
    text = re.sub(r"</?(font|at)[^>]*>", "", markdown)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"[\1]", text)
    text = re.sub(r"&#(\d+);", lambda m: chr(int(m[1])), text)
    text = re.sub(r"(?m)^(#+ |> )", "", text).replace("**", "")
    text = re.sub(r"\\([_*`\[\]])", r"\1", text).replace("\u200b", "")
    return re.sub(r"\n\s*\n+", "\n", text).strip()


def _card(card):
    lines = [card.get("header", {}).get("title", {}).get("content", "")]
    for element in card.get("elements", []):
        buttons = " ".join("[%s]" % b["text"]["content"] for b in element.get("actions", []))
        lines.append(element.get("content", "") or buttons or "-" * 20)
    return "\n".join(lines)


def _feed(items):
    return "\n".join("%s\n%s" % (i.get("title", ""), i.get("description", "")) for i in items)


def text_of(doc):
    """The words of a message to DingTalk, WeCom or Feishu, of any kind."""
    kind = doc.get("msgtype") or doc.get("msg_type")
    if kind == "interactive":
        return plain(_card(doc["card"]))
    content = doc.get(kind) or doc.get("content") or {}
    if kind in ("feedCard", "news"):
        return plain(_feed(content.get("links") or content.get("articles")))
    if kind == "template_card":
        facts = ["%s: %s" % (f["keyname"], f["value"]) for f in content.get("horizontal_content_list", [])]
        return plain("\n".join([content["main_title"]["title"], content.get("sub_title_text", "")] + facts))
    text = content.get("text") or content.get("content") or kind
    return plain(text if isinstance(text, str) else str(text))


def show(record):
    """A record of a fake robot, as a box; and what the robot said when it refused the message."""
    heading = "┌─ phone, %s " % time.strftime("%H:%M:%S", time.localtime(record["time"]))
    lines = [heading.ljust(WIDTH, "─")]
    doc = record["json"]
    lines += ["│ " + line for line in (text_of(doc) if isinstance(doc, dict) else record["body"]).splitlines()]
    reply = record["reply"]
    if '"errcode": 0' not in reply and '"code": 0' not in reply:
        lines.append("│ (refused: %s)" % reply)
    return "\n".join(lines + ["└" + "─" * (WIDTH - 1)])
