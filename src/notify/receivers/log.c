/* The log receiver: writes notifications to standard output. Ours; for trying things out and for containers.
 */
#include "base/utf8.h"
#include "config/fields.h"
#include "list.h"

struct log_settings {
    struct receiver_common common;
    char *text;
};

static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    {.key = "text",
     .kind = FIELD_STRING,
     .offset = offsetof(struct log_settings, text),
     .def = "{{ template \"log.default.text\" . }}",
     .flags = FIELD_TMPL | FIELD_OURS,
     .doc = "What is written."},
    {0},
};
static const struct schema schema = {
    .name = "log config", .go_type = "config.plain", .size = sizeof(struct log_settings), .fields = fields};

#define RED   "\x1b[1;31m"
#define GREEN "\x1b[32m"
#define PLAIN "\x1b[0m"

/* Alert text must not be able to steer the terminal. */
static void add_printable(struct strbuf *out, struct sv line)
{
    for (size_t at = 0; at < line.n;) {
        uint32_t rune;
        const size_t n = utf8_decode((struct sv){line.p + at, line.n - at}, &rune, NULL);
        if ((rune < 0x20 && rune != '\t') || (rune >= 0x7f && rune < 0xa0))
            strbuf_addc(out, '?');
        else
            utf8_add_clean(out, (struct sv){line.p + at, n});
        at += n;
    }
}

static const char *colour_of(struct sv line)
{
    while (line.n != 0 && line.p[0] == ' ')
        line = (struct sv){line.p + 1, line.n - 1};
    return sv_has_prefix(line, SV("FIRING")) ? RED : sv_has_prefix(line, SV("RESOLVED")) ? GREEN : NULL;
}

static void add_line(struct strbuf *out, struct sv line, bool terminal)
{
    const char *colour = terminal ? colour_of(line) : NULL;

    strbuf_adds(out, colour != NULL ? colour : "");
    add_printable(out, line);
    strbuf_adds(out, colour != NULL ? PLAIN "\n" : "\n");
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct log_settings *s = (const struct log_settings *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf block = {0};
    struct sv text, line;

    if (!render_text(r, s->text, &text, err))
        return false;
    while (sv_pop_line(&text, &line))
        add_line(&block, line, r->terminal);
    const char *copy = arena_strndup(r->mem, block.n != 0 ? block.p : "", block.n);
    out->kind = REQUEST_LOG;
    out->body = (struct sv){copy, block.n};
    return (copy != NULL && !block.overflow) || err_set(err, ERR_LIMIT, "text is too large");
}

static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    (void)r;
    (void)sent;
    if (reply->transported)
        *out = (struct verdict){.kind = VERDICT_DELIVERED};
    else
        verdict_set(out, VERDICT_RETRY, FAILURE_OTHER, "%s", reply->transport_error);
}

const struct receiver_type log_receiver = {
    .schema = {.name = "log", .key = "log_configs", .schema = &schema},
    .render = render,
    .classify = classify,
};
