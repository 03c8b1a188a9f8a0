#include "page.h"

#include "codec/rfc3339.h"
#include "codec/tz.h"

static const char style[] =
    "<style>\n"
    ":root { color-scheme: light dark; --line: #d4d4d8; --soft: #52525b; --go: #1d4ed8; --bg: #fafafa; }\n"
    "@media (prefers-color-scheme: dark) { :root { --line: #3f3f46; --soft: #a1a1aa; --go: #2f6bd8; "
    "--bg: #111113; } }\n"
    "body { font: 17px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 0 auto; padding: 1rem; "
    "background: var(--bg); overflow-wrap: anywhere; }\n"
    "h1 { font-size: 1.35rem; line-height: 1.3; margin: .5rem 0; }\n"
    "p { margin: .5rem 0; }\n"
    "small, .soft { color: var(--soft); font-size: .9rem; }\n"
    "ul { list-style: none; padding: 0; margin: 1rem 0; border-top: 1px solid var(--line); }\n"
    "li small { display: inline-block; }\n"
    "li { padding: .5rem 0; border-bottom: 1px solid var(--line); }\n"
    "code { font-size: .9rem; }\n"
    "label { display: block; margin-top: 1rem; }\n"
    "input, button, .other { box-sizing: border-box; width: 100%; font: inherit; border-radius: .5rem; }\n"
    "input { padding: .6rem .75rem; border: 1px solid var(--line); }\n"
    "button { margin: .75rem 0; padding: .9rem; border: 0; background: var(--go); color: #fff; "
    "font-weight: 600; }\n"
    ".other { display: block; margin: .5rem 0; padding: .6rem; border: 1px solid var(--line); "
    "text-align: center; text-decoration: none; color: inherit; }\n"
    "</style>\n";

void page_head(struct strbuf *out, const char *language, const char *title)
{
    strbuf_addf(out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n", language);
    strbuf_adds(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"robots\" content=\"noindex, nofollow\">\n");
    strbuf_addf(out, "<title>%s</title>\n%s</head>\n<body>\n<h1>%s</h1>\n", title, style, title);
}

void page_foot(struct strbuf *out)
{
    strbuf_adds(out, "</body>\n</html>\n");
}

void page_time(struct strbuf *out, struct stamp t)
{
    struct err ignored; /* then it is UTC */
    const int64_t local = t.sec + tz_at(tz_load("Local", &ignored), t.sec).seconds_east;
    const int64_t minute = local / 60 % 60, hour = local / 3600 % 24;
    char text[STAMP_TEXT_MAX];

    (void)stamp_print_ms((struct stamp){.sec = local}, text);
    strbuf_addf(out, "%.5s %02d:%02d", text + 5, (int)hour, (int)minute);
}
