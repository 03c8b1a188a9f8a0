#include "mime.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "addr.h"
#include "base/utf8.h"
#include "codec/rfc3339.h"

#define WORD_START   "=?utf-8?q?"
#define WORD_END     "?="
#define WORD_CONTENT (75 - (sizeof WORD_START - 1) - (sizeof WORD_END - 1))
#define LINE_MAX_QP  76

static const char hex[] = "0123456789ABCDEF";

static bool plain_text(struct sv s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] < ' ' || s.p[i] > '~') && s.p[i] != '\t')
            return false;
    return true;
}

static void add_hex(struct strbuf *out, char byte)
{
    const unsigned char c = (unsigned char)byte;
    const char text[3] = {'=', hex[c >> 4], hex[c & 15]};
    strbuf_add(out, text, sizeof text);
}

static bool q_literal(char c)
{
    return c >= '!' && c <= '~' && c != '=' && c != '?' && c != '_';
}

/* One rune of an encoded word. */
static void add_q(struct strbuf *out, struct sv rune)
{
    for (size_t i = 0; i < rune.n; i++) {
        if (rune.p[i] == ' ')
            strbuf_addc(out, '_');
        else if (q_literal(rune.p[i]))
            strbuf_addc(out, rune.p[i]);
        else
            add_hex(out, rune.p[i]);
    }
}

static size_t q_length(struct sv rune)
{
    return rune.n == 1 && (rune.p[0] == ' ' || q_literal(rune.p[0])) ? 1 : 3 * rune.n;
}

static void add_words(struct strbuf *out, struct sv clean)
{
    size_t room = WORD_CONTENT;

    strbuf_adds(out, WORD_START);
    for (size_t at = 0; at < clean.n;) {
        uint32_t value;
        const struct sv rest = {clean.p + at, clean.n - at};
        const struct sv rune = {rest.p, utf8_decode(rest, &value, NULL)};
        const size_t length = q_length(rune);
        if (length > room) {
            strbuf_adds(out, WORD_END "\r\n " WORD_START);
            room = WORD_CONTENT;
        }
        add_q(out, rune);
        room -= length;
        at += rune.n;
    }
    strbuf_adds(out, WORD_END);
}

void mime_header_text(struct strbuf *out, struct sv value)
{
    if (plain_text(value)) {
        strbuf_addsv(out, value);
        return;
    }
    CLEANUP(strbuf_donep) struct strbuf clean = {0};
    utf8_add_clean(&clean, value);
    add_words(out, strbuf_sv(&clean));
}

static void add_display_name(struct strbuf *out, struct sv name)
{
    if (!plain_text(name)) {
        mime_header_text(out, name);
        return;
    }
    strbuf_addc(out, '"');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"' || name.p[i] == '\\')
            strbuf_addc(out, '\\');
        strbuf_addc(out, name.p[i]);
    }
    strbuf_addc(out, '"');
}

static bool plain_mailboxes(const struct addr *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!plain_text(list[i].mail))
            return false;
    return true;
}

void mime_header_addresses(struct strbuf *out, struct sv value, struct arena *mem)
{
    struct addr *list;
    size_t n;
    struct err ignored;

    /* What needs no encoding stays as it was written. A mailbox that does has no encoding of its own: the
     * whole value becomes words, as upstream writes it. */
    if (plain_text(value) || !addr_list_parse(value, mem, &list, &n, &ignored) || !plain_mailboxes(list, n)) {
        mime_header_text(out, value);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (i != 0)
            strbuf_adds(out, ",\r\n ");
        if (list[i].name.n == 0) {
            strbuf_addsv(out, list[i].mail);
            continue;
        }
        add_display_name(out, list[i].name);
        strbuf_adds(out, " <");
        strbuf_addsv(out, list[i].mail);
        strbuf_addc(out, '>');
    }
}

/* Whether the byte at `i` may stand for itself: not at the end of a line if it is white space. */
static bool qp_literal(struct sv text, size_t i)
{
    const char c = text.p[i];

    if (c != ' ' && c != '\t')
        return c >= '!' && c <= '~' && c != '=';
    return i + 1 < text.n && text.p[i + 1] != '\n' && text.p[i + 1] != '\r';
}

static size_t qp_line_break(struct sv text, size_t i)
{
    if (text.p[i] == '\n')
        return 1;
    return text.p[i] == '\r' && i + 1 < text.n && text.p[i + 1] == '\n' ? 2 : 0;
}

void mime_quoted_printable(struct strbuf *out, struct sv text)
{
    size_t column = 0;

    for (size_t i = 0; i < text.n;) {
        const size_t line_break = qp_line_break(text, i);
        if (line_break != 0) {
            strbuf_adds(out, "\r\n");
            column = 0;
            i += line_break;
            continue;
        }
        const size_t width = qp_literal(text, i) ? 1 : 3;
        if (column + width > LINE_MAX_QP - 1) {
            strbuf_adds(out, "=\r\n");
            column = 0;
        }
        if (width == 1)
            strbuf_addc(out, text.p[i]);
        else
            add_hex(out, text.p[i]);
        column += width;
        i++;
    }
}

static bool holds_addresses(struct sv name)
{
    static const char *const names[] = {"From", "To", "Cc", "Bcc", "Reply-To", "Sender"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (sv_eq_nocase(name, sv_of(names[i])))
            return true;
    return false;
}

static void add_header(struct strbuf *out, const struct mime_header *h, struct arena *mem)
{
    strbuf_addsv(out, h->name);
    strbuf_adds(out, ": ");
    if (holds_addresses(h->name))
        mime_header_addresses(out, h->value, mem);
    else
        mime_header_text(out, h->value);
    strbuf_adds(out, "\r\n");
}

static void add_field(struct strbuf *out, const char *name, struct sv value)
{
    if (value.n != 0)
        add_header(out, &(struct mime_header){sv_of(name), value}, NULL);
}

static void add_date(struct strbuf *out, struct stamp t)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const struct civil c = stamp_civil(t);
    const int offset = abs(t.off_min);

    strbuf_addf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d %c%02d%02d\r\n", days[c.weekday], c.day,
                months[c.month - 1], c.year, c.hour, c.minute, c.second, t.off_min < 0 ? '-' : '+',
                offset / 60, offset % 60);
}

static void add_part(struct strbuf *out, const char *boundary, const char *type, struct sv body)
{
    if (body.n == 0)
        return;
    strbuf_addf(
        out, "--%s\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: %s; charset=UTF-8\r\n\r\n",
        boundary, type);
    mime_quoted_printable(out, body);
    strbuf_adds(out, "\r\n");
}

void mime_message_write(struct strbuf *out, const struct mime_message *m, struct arena *mem)
{
    for (size_t i = 0; i < m->n_headers; i++)
        add_header(out, &m->headers[i], mem);
    add_field(out, "Message-Id", m->message_id);
    add_field(out, "References", m->thread_id);
    add_field(out, "In-Reply-To", m->thread_id);
    add_date(out, m->date);
    strbuf_addf(out, "Content-Type: multipart/alternative;  boundary=%s\r\nMIME-Version: 1.0\r\n\r\n",
                m->boundary);
    add_part(out, m->boundary, "text/plain", m->text);
    add_part(out, m->boundary, "text/html", m->html);
    strbuf_addf(out, "--%s--\r\n", m->boundary);
}
