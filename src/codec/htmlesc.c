#include "codec/htmlesc.h"

void htmlesc_add(struct strbuf *out, struct sv s)
{
    for (size_t i = 0; i < s.n; i++)
        switch (s.p[i]) {
        case '&':
            strbuf_adds(out, "&amp;");
            break;
        case '<':
            strbuf_adds(out, "&lt;");
            break;
        case '>':
            strbuf_adds(out, "&gt;");
            break;
        case '"':
            strbuf_adds(out, "&#34;");
            break;
        case '\'':
            strbuf_adds(out, "&#39;");
            break;
        case '\0':
            strbuf_adds(out, "\xEF\xBF\xBD");
            break;
        default:
            strbuf_addc(out, s.p[i]);
        }
}
