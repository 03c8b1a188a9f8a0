#include "template_limits.h"

#include "base/utf8.h"
#include "codec/jw.h"
#include "notify/receiver.h"
#include "tabwriter.h"

struct measured {
    size_t runes, bytes, json;
};

static size_t json_length(struct sv text)
{
    CLEANUP(strbuf_donep) struct strbuf json = {0};
    struct jw w;

    jw_init(&w, &json, false);
    jw_str(&w, text);
    return json.n - 2; /* without the quotes */
}

static size_t in_unit(const struct measured *m, enum limit_unit unit)
{
    return unit == LIMIT_RUNES ? m->runes : unit == LIMIT_BYTES ? m->bytes : m->json;
}

static const char *unit_name(enum limit_unit unit)
{
    return unit == LIMIT_RUNES ? "characters" : unit == LIMIT_BYTES ? "bytes" : "bytes of JSON";
}

/* A text that only just does not fit is not said to take 100 %. */
static size_t percent(size_t length, size_t max)
{
    return length > max ? (length * 100 + max - 1) / max : length * 100 / max;
}

static void add_line(struct strbuf *lines, const char *receiver, const struct text_limit *l,
                     const struct measured *m)
{
    const size_t length = in_unit(m, l->unit);

    strbuf_addf(lines, "%s\t%s\t%zu of %zu %s\t%zu %%\t%s\n", receiver, l->option, length, l->max,
                unit_name(l->unit), percent(length, l->max), length > l->max ? l->beyond : "fits");
}

void template_limits_print(struct strbuf *out, struct sv text)
{
    const struct measured m = {.runes = utf8_runes(text), .bytes = text.n, .json = json_length(text)};
    CLEANUP(strbuf_donep) struct strbuf lines = {0};

    strbuf_adds(&lines, "Receiver\tOption\tLength\tOf it\tThen\n");
    for (const struct receiver_type *const *t = receiver_types; *t != NULL; t++)
        for (const struct text_limit *l = (*t)->limits; l != NULL && l->option != NULL; l++)
            add_line(&lines, (*t)->schema.name, l, &m);
    tabwriter_print(out, strbuf_sv(&lines));
}
