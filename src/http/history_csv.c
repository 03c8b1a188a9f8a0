#include "history_csv.h"

#include "base/mem.h"
#include "codec/jr.h"

#define COLUMNS_MAX  24
#define ITEM_CEILING ((size_t)16 << 20)

static const char *const columns[HISTORY_LISTS][COLUMNS_MAX] = {
    [HISTORY_ALERTS] = {"id", "at", "kind", "fingerprint", "state", "labels", "annotations", "generatorURL",
                        "startsAt", "endsAt"},
    [HISTORY_NOTIFICATIONS] =
        {"id",       "at",       "kind",        "decidedAt", "receiver",        "integration",
         "index",    "groupKey", "groupLabels", "groupId",   "flush",           "reason",
         "attempts", "status",   "failure",     "error",     "durationSeconds", "firing",
         "resolved", "muted",    "alerts"},
    [HISTORY_MUTINGS] = {"id", "at", "kind", "endedAt", "scope", "fingerprint", "labels", "receiver",
                         "groupKey", "silence", "inhibition", "intervals", "outsideActive"},
    [HISTORY_AUDIT] = {"id", "at", "kind", "user", "address", "agent", "silence", "letter", "byLink", "ack"},
};

/* Quoted always: then no text can be taken for something else. */
static void add_cell(struct strbuf *out, struct sv text)
{
    strbuf_addc(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            strbuf_addc(out, '"');
        strbuf_addc(out, text.p[i]);
    }
    strbuf_addc(out, '"');
}

static bool read_cell(struct jr *in, struct sv *cell)
{
    if (jr_peek(in) == JR_STRING)
        return jr_string(in, cell);
    if (jr_peek(in) == JR_NULL) {
        *cell = (struct sv){0};
        return jr_null(in);
    }
    return jr_raw(in, cell);
}

static size_t column_of(enum history_list list, struct sv name)
{
    size_t i = 0;
    while (i < COLUMNS_MAX && columns[list][i] != NULL && !sv_eq(sv_of(columns[list][i]), name))
        i++;
    return i;
}

static void add_row(struct strbuf *out, enum history_list list, struct sv line, struct arena *mem)
{
    struct sv cells[COLUMNS_MAX + 1] = {0}; /* the last takes what has no column */
    struct sv name;
    struct jr in;

    arena_reset(mem);
    jr_init(&in, line, mem);
    if (!jr_object(&in))
        return;
    while (jr_key(&in, &name))
        if (!read_cell(&in, &cells[column_of(list, name)]))
            return;
    for (size_t i = 0; i < COLUMNS_MAX && columns[list][i] != NULL; i++) {
        if (i != 0)
            strbuf_addc(out, ',');
        add_cell(out, cells[i]);
    }
    strbuf_adds(out, "\r\n");
}

void history_csv(struct strbuf *out, enum history_list list, struct sv lines)
{
    struct arena mem;
    struct sv line;

    for (size_t i = 0; i < COLUMNS_MAX && columns[list][i] != NULL; i++)
        strbuf_addf(out, "%s%s", i != 0 ? "," : "", columns[list][i]);
    strbuf_adds(out, "\r\n");
    arena_init(&mem, ITEM_CEILING);
    while (sv_pop_line(&lines, &line))
        add_row(out, list, line, &mem);
    arena_done(&mem);
}
